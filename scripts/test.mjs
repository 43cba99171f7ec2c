// Lint, types, format and dependency checks, then the tests. Ends with one line: "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readState } from "./services/state.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (text) => process.stderr.write(`[langthrift] ${text}\n`);
const testsOnly = process.argv.includes("--tests-only");
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

const checks = [
  ["lint", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types", "tsc", ["--noEmit", "-p", "tsconfig.json"]],
  ["format", "oxfmt", ["--check"]],
  ["unused code and dependencies", "knip", []],
  ["manifests", "sherif", []],
  ["doc comments of exports", "node", ["scripts/check-exports.mjs"]],
  ["the packages' surface", "node", ["scripts/check-api-surface.mjs"]],
];

function binary(name) {
  if (name === "node") return process.execPath;
  return join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);
}

let failedChecks = 0;
let passedChecks = 0;
if (!testsOnly && filters.length === 0) {
  for (const [what, command, args] of checks) {
    const started = Date.now();
    const run = spawnSync(binary(command), args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (run.status === 0) {
      passedChecks += 1;
      say(`${what}: passed in ${seconds} s`);
    } else {
      failedChecks += 1;
      say(`${what}: FAILED (${command} ${args.join(" ")})`);
      process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}\n`);
    }
  }
}

const services = { ...Object.fromEntries(readState().map(({ variable, url }) => [variable, url])), ...process.env };
const missing = ["REDIS_URL", "REDIS_STACK_URL", "REDIS_VECTORSET_URL"].filter((variable) => !services[variable]);
if (missing.length > 0) say(`tests that need ${missing.join(", ")} are skipped; \`npm run services:up\` starts what can be had`);
say(`running the tests on Node ${process.version}`);
const folder = mkdtempSync(join(tmpdir(), "langthrift-test-"));
const file = join(folder, "results.json");
// By its own file and this very Node, so that the tests of another Node are run on it.
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const tests = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...filters],
  {
    cwd: root,
    env: services,
    stdio: "inherit",
  },
);
let results = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
try {
  results = JSON.parse(readFileSync(file, "utf8"));
} catch {
  say("the test runner wrote no results; see its output above");
}
rmSync(folder, { recursive: true, force: true });

// A file that does not load has no tests to fail.
const brokenFiles = results.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
).length;
const passed = results.numPassedTests + passedChecks;
const failed = results.numFailedTests + failedChecks + brokenFiles;
const skipped = results.numPendingTests + results.numTodoTests;
const ran = results.numPassedTests + results.numFailedTests > 0;
process.exitCode = failed === 0 && tests.status === 0 && ran ? 0 : 1;
process.stdout.write(`${passed} passed, ${Math.max(failed, process.exitCode)} failed, ${skipped} skipped\n`);
