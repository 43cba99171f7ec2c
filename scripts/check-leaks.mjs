// Fails when a tracked file holds a path of somebody's machine or something that looks like a key.
import { execFileSync } from "node:child_process";

const patterns = [
  ["a path of somebody's machine", String.raw`(^|[^A-Za-z0-9_.:/])/(home|Users|root|work|tmp|var/folders)/[A-Za-z0-9_.-]`],
  ["an OpenAI key", String.raw`sk-(proj-)?[A-Za-z0-9]{24,}`],
  ["an AWS key", String.raw`AKIA[0-9A-Z]{16}`],
  ["a private key", String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----`],
];
const excluded = [":!pnpm-lock.yaml", ":!scripts/check-leaks.mjs", ":!**/__fixtures__/**", ":!*.jsonl"];

let found = 0;
for (const [what, pattern] of patterns) {
  try {
    const lines = execFileSync("git", ["grep", "-nIE", "-e", pattern, "--", ".", ...excluded], { encoding: "utf8" });
    process.stderr.write(`${what}:\n${lines}`);
    found += 1;
  } catch (error) {
    // git grep exits with 1 when nothing matches.
    if (error.status !== 1) throw error;
  }
}
process.exitCode = found === 0 ? 0 : 1;
