import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";

/** A program that a test starts as a process of its own. */
export interface ChildProgram {
  /** To be run by `process.execPath`. */
  readonly path: string;
  /** A folder for the test, removed by `remove`. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Bundles a file of this folder with all that it imports, so that it runs without the source condition. */
export async function buildChildProgram(file: string): Promise<ChildProgram> {
  const folder = await mkdtemp(join(tmpdir(), "semantic-cache-child-"));
  await build({
    entry: { child: fileURLToPath(new URL(file, import.meta.url)) },
    outDir: join(folder, "child"),
    format: "esm",
    platform: "node",
    dts: false,
    config: false,
    logLevel: "silent",
    noExternal: /./,
    inputOptions: { resolve: { conditionNames: ["langthrift:source", "node", "import"] } },
  });
  return { path: join(folder, "child", "child.mjs"), folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
