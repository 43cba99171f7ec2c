// Each wrong use of the built command: exit code 2 and one clear sentence, no stack trace.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../packages/langthrift/dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "langthrift-errors-"));
const write = (name, text) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const empty = write("empty.jsonl", "");
const broken = write("broken.jsonl", 'not json\n{"text":"hello"}\n');
const good = write("good.jsonl", '{"text":"hello"}\n{"text":"Hello"}\n');
const report = join(folder, "report.html");
const out = join(folder, "out.json");

const cases = [
  ["an empty file", ["--input", empty], 2, /empty\.jsonl holds nothing to replay: it is empty/],
  ["a missing file", ["--input", join(folder, "none.jsonl")], 2, /Cannot read the traffic log .*none\.jsonl: it does not exist/],
  ["an unknown option", ["--colour"], 2, /unknown option '--colour'/],
  ["a limit that is no number", ["--limit", "many"], 2, /whole number/],
  ["an output that cannot be written", ["--json", join(folder, "none", "out.json")], 2, /Cannot write .*: the folder .* does not exist/],
  ["an output that is a folder", ["--html", folder], 2, /Cannot write .*: it is a folder/],
  ["--live without a key", ["--live", "--input", good, "--html", report], 2, /OPENAI_API_KEY/],
  ["a bad line with --strict", ["--input", broken, "--strict", "--html", report], 2, /broken\.jsonl:1: it is not JSON/],
  ["a bad line", ["--input", broken, "--html", report], 0, /broken\.jsonl:1: it is not JSON\. The line is skipped/],
  [
    "a model of unknown price",
    ["--input", good, "--strong", "who-knows-1", "--cheap", "who-knows-0", "--html", report, "--json", out],
    0,
    /unknown/,
  ],
];
const environment = { ...process.env };
delete environment.OPENAI_API_KEY;
for (const [what, args, code, pattern] of cases) {
  const run = spawnSync(process.execPath, [command, "demo", ...args], { encoding: "utf8", env: environment, cwd: folder });
  const output = run.stdout + run.stderr;
  const holds = run.status === code && pattern.test(output) && !/\n\s+at /.test(output);
  process.stdout.write(`${holds ? "ok  " : "FAIL"} ${what}\n`);
  if (!holds) {
    process.stdout.write(`     exit code ${run.status}, output:\n${output}\n`);
    process.exitCode = 1;
  }
}
const unknown = JSON.parse(readFileSync(out, "utf8"));
if (unknown.actualUsd !== null || unknown.baselineUsd !== null || unknown.unknownPrices === 0) {
  process.stdout.write(`FAIL an unknown price is null, never 0: ${JSON.stringify(unknown)}\n`);
  process.exitCode = 1;
}
rmSync(folder, { recursive: true, force: true });
