// Sizes of the packages, against scripts/size-budget.json: tarball, unpacked, and the root entry's own code, minified and compressed.
// With --write the budget becomes what is measured, a fifth more and rounded up.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { checkContents } from "./packaging/check-contents.mjs";
import { packPackages } from "./packaging/pack.mjs";

const budgetFile = new URL("size-budget.json", import.meta.url);
const budget = JSON.parse(readFileSync(budgetFile, "utf8"));
const folder = mkdtempSync(join(tmpdir(), "langthrift-size-"));
const measured = {};
let failed = 0;

try {
  for (const pack of packPackages(folder)) {
    for (const problem of checkContents(pack)) fail(problem);
    const entry = join(pack.unpacked, pack.manifest.exports["."].import.default);
    measured[pack.name] = { packedBytes: pack.packedBytes, unpackedBytes: pack.unpackedBytes, entryGzipBytes: await entrySize(entry) };
    const left = await shaken(entry, "* as unused");
    if (left !== "") fail(`${pack.name}: importing it and using nothing leaves code in a bundle:\n${left.slice(0, 400)}`);
    if (pack.name === "@langthrift/core") {
      // Errors are LangChain's; its runnables and messages would be 350 kB.
      const pulled = [...(await shaken(entry, "{ usd }", "console.log(usd);")).matchAll(/(?:from|import)\s*"([^"]+)"/g)].map(
        ([, name]) => name,
      );
      const unwanted = pulled.filter((name) => name !== "@langchain/core/errors");
      if (unwanted.length > 0) fail(`${pack.name}: a bundle that uses \`usd\` alone imports ${unwanted.join(", ")}.`);
    }
    const limits = budget[pack.name];
    if (!limits) fail(`${pack.name} has no budget. Give it one in scripts/size-budget.json, or run \`node scripts/size.mjs --write\`.`);
    const cells = Object.entries(measured[pack.name]).map(([what, bytes]) => {
      if (limits && bytes > limits[what]) fail(`${pack.name}: ${what} is ${bytes}, over its budget of ${limits[what]}.`);
      return `${what} ${bytes} of ${limits?.[what] ?? "?"}`;
    });
    process.stdout.write(`${pack.name.padEnd(32)} ${cells.join(", ")}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (process.argv.includes("--write")) {
  const rounded = (bytes) => Math.ceil((bytes * 1.2) / 500) * 500;
  const limits = Object.fromEntries(
    Object.entries(measured).map(([name, sizes]) => [
      name,
      Object.fromEntries(Object.entries(sizes).map(([what, bytes]) => [what, rounded(bytes)])),
    ]),
  );
  writeFileSync(budgetFile, `${JSON.stringify(limits, null, 2)}\n`);
} else process.exitCode = failed === 0 ? 0 : 1;

/** What this package itself adds to a bundle: dependencies are counted by those that bring them. */
async function entrySize(entry) {
  const { contents } = await bundle({ entryPoints: [entry] });
  return gzipSync(contents, { level: 9 }).length;
}

/** A bundle of one import; of an import of which nothing is used it is empty if the package has no side effects. */
async function shaken(entry, names, use = "") {
  const { text } = await bundle({ stdin: { contents: `import ${names} from ${JSON.stringify(entry)}; ${use}`, resolveDir: folder } });
  return text.trim();
}

/** As an application's build would, with every dependency left outside. */
async function bundle(input) {
  const { outputFiles } = await build({
    ...input,
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "error",
  });
  return outputFiles[0];
}

function fail(sentence) {
  failed += 1;
  process.stdout.write(`FAIL ${sentence}\n`);
}
