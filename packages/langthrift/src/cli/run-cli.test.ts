import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DemoReport } from "./demo/demo-report.ts";
import { runCli } from "./run-cli.ts";
import type { Terminal } from "./terminal.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "langthrift-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A terminal that remembers; `interruptAt` presses Ctrl-C when a text has been said. */
function fakeTerminal(env: Record<string, string> = {}, interruptAt?: string) {
  const printed: string[] = [];
  const said: string[] = [];
  let interrupt: (() => void) | undefined;
  const terminal: Terminal = {
    print: (text) => void printed.push(text),
    say(text) {
      said.push(text);
      if (interruptAt !== undefined && text.includes(interruptAt)) interrupt?.();
    },
    warn: (text) => void said.push(`warning: ${text}`),
    interactive: false,
    color: false,
    env,
    onInterrupt(listener) {
      interrupt = listener;
      return () => (interrupt = undefined);
    },
    exitCode: 0,
  };
  return { terminal, printed, said, all: () => [...printed, ...said].join("\n") };
}

async function log(name: string, ...rows: object[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

const questions = [
  { text: "How do I reset my password?", label: "password", tenant: "a" },
  { text: "How do I reset my password?", label: "password", tenant: "a" },
  { text: "How do I reset my password?", label: "password-b", tenant: "b" },
  { text: "Hello", label: "hello", tenant: "a" },
  {
    text: "Compare the liability clauses of these two contracts step by step and explain which one exposes us to more risk, and why.",
    label: "legal",
    tenant: "a",
  },
];

describe("langthrift demo", () => {
  it("replays a log through the real pipeline and reports it", { timeout: 60_000 }, async () => {
    const input = await log("log.jsonl", ...questions);
    const [html, json] = [join(folder, "report.html"), join(folder, "out.json")];
    const { terminal, printed } = fakeTerminal({ OPENAI_API_KEY: "sk-secret-of-the-user" });
    expect(await runCli(["demo", "--input", input, "--html", html, "--json", json], terminal)).toBe(0);

    const report = JSON.parse(await readFile(json, "utf8")) as DemoReport;
    expect(report).toMatchObject({ requests: 5, failed: 0, simulated: true, ledger: { agrees: true } });
    // Tenant b asks the same and must not get a's answer.
    expect(report.cache).toMatchObject({ hits: 1, exactHits: 1, wrongHits: 0 });
    expect(report.savedUsd.total).toBeGreaterThan(0);
    expect(report.baselineUsd).toBeCloseTo((report.actualUsd ?? 0) + (report.savedUsd.total ?? 0) - (report.overheadUsd ?? 0), 9);
    expect(printed.join("\n")).toContain("Simulated: a local server answered");
    for (const file of await readdir(folder)) expect(await readFile(join(folder, file), "utf8")).not.toContain("sk-secret");
  });

  it("prints the report of what was done when it is interrupted", { timeout: 60_000 }, async () => {
    const input = await log("long.jsonl", ...Array.from({ length: 40 }, (_, index) => ({ text: `Question number ${index}?` })));
    const { terminal, printed } = fakeTerminal({}, "8 of 40");
    expect(await runCli(["demo", "--input", input, "--no-html"], terminal)).toBe(130);
    expect(printed.join("\n")).toMatch(/requests +│ +8 │/);
    expect(printed.join("\n")).toContain("Stopped by the user");
  });

  it.each([
    ["a missing file", ["--input", "none.jsonl"], "it does not exist"],
    ["an unknown option", ["--colour"], "unknown option '--colour'"],
    ["a bad limit", ["--limit", "0"], "whole number of 1 or more"],
    ["a bad threshold", ["--threshold", "2"], "cosine from 0 to 1"],
    ["an output in a folder that does not exist", ["--json", join("none", "deep", "out.json")], "the folder none/deep does not exist"],
    ["--live without a key", ["--live", "--no-html"], "OPENAI_API_KEY"],
  ])("refuses %s with one sentence and exit code 2", async (_what, args, sentence) => {
    const { terminal, all } = fakeTerminal();
    expect(await runCli(["demo", ...args], terminal)).toBe(2);
    expect(all()).toContain(sentence);
    expect(all()).not.toContain("    at ");
  });
});

it("explains itself, and refuses an unknown command", async () => {
  const help = fakeTerminal();
  expect(await runCli(["--help"], help.terminal)).toBe(0);
  expect(help.all()).toContain("demo");
  const unknown = fakeTerminal();
  expect(await runCli(["dmeo"], unknown.terminal)).toBe(2);
  expect(unknown.all()).toContain("Did you mean demo?");
});
