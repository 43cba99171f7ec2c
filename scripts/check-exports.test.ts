import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

const script = fileURLToPath(new URL("check-exports.mjs", import.meta.url));
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** What the check says of a package with this one source file. */
function check(source: string): { code: number | null; said: string[] } {
  const root = mkdtempSync(join(tmpdir(), "langthrift-exports-"));
  folders.push(root);
  const folder = join(root, "packages", "sample");
  mkdirSync(join(folder, "src"), { recursive: true });
  const manifest = { name: "@langthrift/sample", type: "module", exports: { ".": { "langthrift:source": "./src/index.ts" } } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "src", "index.ts"), source);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--root", root], { encoding: "utf8" });
  expect(stderr).toBe("");
  return { code: status, said: stdout.split("\n").filter((line) => line.includes("index.ts")) };
}

it("lists what leaves something to guess, and fails", { timeout: 120_000 }, () => {
  const { code, said } = check(`
export interface CakeOptions {
  readonly flour: string;
  /** Thickness. */
  readonly icing?: number;
}
export class LangThriftError extends Error {}
/** Burnt. */
export class OvenError extends LangThriftError {}
/** Bakes. */
export function bake({ icing = 1 }: CakeOptions): void {
  preheat(icing);
}
function preheat(icing: number): void {
  if (icing < 0) throw new OvenError("too hot");
}
/** A port. */
export interface Oven {
  heat(): void;
}
`);
  expect(code).toBe(1);
  expect(said.map((line) => line.replace(/^.*?index\.ts:\d+ /, ""))).toEqual([
    "bake: throws OvenError, and no `@throws {OvenError}` says so",
    "Oven.heat: a method of a port without a comment",
    "CakeOptions: interface without a doc comment",
    "CakeOptions.flour: an option without a comment",
    "CakeOptions.icing: a number without a unit in its name or comment",
    "CakeOptions.icing: a number without its default",
    "LangThriftError: class without a doc comment",
  ]);
});

it("passes what says all that", { timeout: 120_000 }, () => {
  const { code, said } = check(`
/** Ours. */
export class LangThriftError extends Error {}
/** Burnt. */
export class OvenError extends LangThriftError {}
/** How to bake. */
export interface CakeOptions {
  /** Kind of flour. */
  readonly flour: string;
  /** Layers, a count. @default 1 */
  readonly icing?: number;
}
/** Bakes. @throws {OvenError} when there is less than none of it. */
export function bake({ icing = 1 }: CakeOptions): void {
  if (icing < 0) throw new OvenError("too hot");
  try {
    explode();
  } catch {
    // Survived, so no concern of the caller.
  }
}
function explode(): void {
  throw new LangThriftError("bang");
}
`);
  expect(said).toEqual([]);
  expect(code).toBe(0);
});
