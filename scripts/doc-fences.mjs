// The TypeScript of the documentation: every fence marked `ts` is type-checked, those marked `ts run` are also run against a local model
// server in place of OpenAI. Fences are written to examples/.fences, from where every package resolves.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples", ".fences");

/** Markdown files of the repository, without what is installed or built. */
function documents() {
  const found = ["README.md", "benchmarks/README.md", "CONTRIBUTING.md"];
  const walk = (path) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      if (["node_modules", "dist", "src", ".fences", "api", ".vitepress", "public", "test-results"].includes(entry.name)) continue;
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(child);
      else if (entry.name.endsWith(".md") && entry.name !== "CHANGELOG.md") found.push(child);
    }
  };
  for (const path of ["packages", "docs", "examples"]) walk(path);
  return found;
}

/** @returns {{ document: string, line: number, run: boolean, code: string }[]} */
export function readFences() {
  const fences = [];
  for (const document of documents()) {
    let text;
    try {
      text = readFileSync(join(root, document), "utf8");
    } catch {
      continue;
    }
    const pattern = /^```ts((?:[ \t]+[\w-]+)*)[ \t]*\n([\s\S]*?)^```$/gm;
    for (const match of text.matchAll(pattern)) {
      const line = text.slice(0, match.index).split("\n").length + 1;
      fences.push({ document, line, run: match[1].trim().split(/\s+/).includes("run"), code: match[2] });
    }
  }
  return fences;
}

/**
 * Fences of code that would escape the check: TypeScript by another name, in a list, or with a title or marked lines.
 *
 * @returns {string[]} documents and lines
 */
export function escapedFences() {
  const escaped = [];
  for (const document of documents()) {
    const lines = readFileSync(join(root, document), "utf8").split("\n");
    for (const [index, line] of lines.entries()) {
      const [, info] = /^\s*(?:```|~~~)\s*((?:ts|tsx|typescript|js|jsx|mjs|cjs|javascript)\b.*)$/.exec(line) ?? [];
      if (info !== undefined && !/^```ts(?:[ \t]+[\w-]+)*[ \t]*$/.test(line)) escaped.push(`${document}:${index + 1} ${info}`);
    }
  }
  return escaped;
}

const nameOf = ({ document, line }) =>
  `${document
    .replace(/\.md$/, "")
    .replace(/[^\w]+/g, "-")
    .toLowerCase()}-${line}`;

/** Type-checks all fences; returns what tsc says with documents and lines in place of the written files, empty when all is well. */
export function checkFences(fences) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const fence of fences) writeFileSync(join(folder, `${nameOf(fence)}.ts`), `${fence.code}\nexport {};\n`);
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: {
      noEmit: false,
      outDir: "out",
      rootDir: ".",
      declaration: false,
      noUncheckedIndexedAccess: false,
      lib: ["ES2023", "DOM"],
    },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules", ".bin", process.platform === "win32" ? "tsc.cmd" : "tsc");
  const run = spawnSync(tsc, ["-p", "tsconfig.json"], { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });
  if (run.status === 0) return "";
  let output = run.stdout + run.stderr;
  for (const fence of fences) {
    output = output.replaceAll(
      new RegExp(`^${nameOf(fence)}\\.ts\\((\\d+),`, "gm"),
      (_all, line) => `${fence.document}:${fence.line + Number(line) - 1} (column `,
    );
  }
  return output;
}

/** Runs one checked fence with the environment of a local model server. */
export function runFence(fence, environment) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, "out", `${nameOf(fence)}.js`)], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("close", (code) => resolve({ code, output }));
  });
}
