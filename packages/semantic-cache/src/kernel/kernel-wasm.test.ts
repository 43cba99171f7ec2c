// `pnpm run build:kernel` runs this test with `-u`, which writes kernel-wasm.ts anew from kernel.wat.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import wabt from "wabt";

/** Assembles kernel.wat; the same source gives the same bytes. */
async function assembleKernel(): Promise<Uint8Array> {
  const source = await readFile(new URL("kernel.wat", import.meta.url), "utf8");
  const { parseWat } = await wabt();
  const parsed = parseWat("kernel.wat", source, { simd: true });
  try {
    parsed.validate();
    return parsed.toBinary({}).buffer;
  } finally {
    parsed.destroy();
  }
}

it("is the assembly of kernel.wat", async () => {
  const base64 = Buffer.from(await assembleKernel()).toString("base64");
  const lines = (base64.match(/.{1,110}/g) ?? []).map((line) => `  "${line}",`);
  const text = [
    "// Generated from kernel.wat: pnpm run build:kernel. Do not edit.",
    "",
    "/** The assembled kernel, base64. */",
    "export const kernelWasm: string = [",
    ...lines,
    '].join("");',
    "",
  ].join("\n");
  await expect(text).toMatchFileSnapshot("./kernel-wasm.ts");
});
