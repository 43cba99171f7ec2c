// Runs every example twice: as a notebook in Deno's Jupyter kernel, and as a script in this Node. Fails on an error.
// Without a flag it writes the notebooks, outputs included; with --check it compares them with the committed ones and writes nothing.
// Examples need no key: OPENAI_API_KEY is hidden from them unless --live is given, and with it nothing is compared or written.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startDenoKernel } from "./notebooks/deno-kernel.mjs";
import { formatNotebook } from "./notebooks/notebook.mjs";
import { readCells } from "./notebooks/percent-script.mjs";

const folder = fileURLToPath(new URL("../examples", import.meta.url));
const flags = new Set(process.argv.slice(2).filter((argument) => argument.startsWith("--")));
const wanted = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith("--"))
  .map((path) => basename(path).replace(/\.\w+$/, ""));
const [check, live] = [flags.has("--check"), flags.has("--live")];
const LIMIT_MS = 180_000;

const unknown = [...flags].filter((flag) => !["--check", "--live"].includes(flag));
if (unknown.length > 0) fail(`Unknown flag ${unknown.join(", ")}. Flags: --check, --live. Names of examples choose some of them.`);
if (live && !process.env.OPENAI_API_KEY)
  fail("--live asks the real OpenAI API and needs its key: set OPENAI_API_KEY, or leave --live out.");

const environment = { ...process.env };
if (!live) {
  for (const name of Object.keys(environment)) if (/^OPENAI_|^LANGSMITH_|^LANGCHAIN_/.test(name)) delete environment[name];
}

const examples = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && readFileSync(join(folder, name), "utf8").startsWith("// %%"))
  .map((name) => name.slice(0, -3))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
const missing = wanted.filter((name) => !examples.includes(name));
if (missing.length > 0) fail(`There is no example ${missing.join(", ")} in examples/.`);

let passed = 0;
let failed = 0;
for (const name of examples) {
  // Two at a time, for two cores.
  await Promise.all([step(`${name}.ipynb`, () => runNotebook(name)), step(`${name}.ts`, () => runScript(name))]);
}
// A notebook whose script is gone would never be run again.
if (wanted.length === 0) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".ipynb") && !examples.includes(name.slice(0, -6)))) {
    await step(name, () => {
      throw new Error(`There is no ${name.slice(0, -6)}.ts that it comes from. Delete it, or write the example.`);
    });
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function step(what, run) {
  const started = performance.now();
  try {
    await run();
    passed += 1;
    process.stdout.write(`ok   ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`FAIL ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function runNotebook(name) {
  const file = join(folder, `${name}.ipynb`);
  const cells = readCells(readFileSync(join(folder, `${name}.ts`), "utf8"), `${name}.ts`);
  const outputs = [];
  const kernel = await startDenoKernel({ cwd: folder, env: environment });
  try {
    for (const { type, source, line } of cells) {
      if (type === "markdown") continue;
      const where = `the cell at ${name}.ts:${line}`;
      const results = await withLimit(
        kernel.execute(source).catch((error) => {
          throw new Error(`${where} throws ${error.message}`);
        }),
        where,
      );
      outputs.push(results);
    }
  } finally {
    await kernel.stop();
  }
  if (live) return;
  const text = formatNotebook(cells, outputs);
  if (!check) return writeFileSync(file, text);
  if (!existsSync(file)) throw new Error("it is missing; run `node scripts/run-notebooks.mjs`.");
  const difference = firstDifference(readFileSync(file, "utf8"), text);
  if (difference)
    throw new Error(
      `it is not what a fresh run gives; run \`node scripts/run-notebooks.mjs ${name}\` and look at the diff.\n${difference}`,
    );
}

/** On this very Node, through tsx, which is what the examples' README tells to do. */
async function runScript(name) {
  const tsx = pathToFileURL(createRequire(join(folder, "package.json")).resolve("tsx")).href;
  const child = spawn(process.execPath, ["--import", tsx, `${name}.ts`], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`it ends with exit code ${code}.\n${output}`);
  if (output === "") throw new Error("it prints nothing.");
}

async function withLimit(promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} runs for more than ${LIMIT_MS / 1000} s.`)), LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function firstDifference(committed, fresh) {
  const [before, after] = [committed.split("\n"), fresh.split("\n")];
  const at = after.findIndex((line, index) => line !== before[index]);
  if (at === -1 && before.length === after.length) return undefined;
  const row = at === -1 ? after.length : at;
  return `line ${row + 1}\n- ${(before[row] ?? "(end)").slice(0, 300)}\n+ ${(after[row] ?? "(end)").slice(0, 300)}`;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
