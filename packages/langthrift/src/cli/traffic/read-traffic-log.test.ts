import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliError } from "../cli-error.ts";
import { readTrafficLog } from "./read-traffic-log.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "langthrift-log-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function log(...lines: string[]): Promise<string> {
  const path = join(folder, `${Math.random()}.jsonl`);
  await writeFile(path, lines.join("\n"));
  return path;
}

describe("readTrafficLog", () => {
  it("reads texts, messages and call records", async () => {
    const path = await log(
      '\uFEFF{"id":"a","text":"hi","label":"hello","tenant":"t","user":"u","ts":5}',
      "",
      '{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"logged answer"}]}',
      '{"version":1,"id":"r","at":1,"source":"x","kind":"llm","model":"m","usage":null,"status":"ok","tags":[],"messages":[{"role":"human","content":"again"}]}',
    );
    const { requests, skipped } = await readTrafficLog(path);
    expect(skipped).toBe(0);
    expect(requests.map(({ id, label, tenant, user, at }) => ({ id, label, tenant, user, at }))).toEqual([
      { id: "a", label: "hello", tenant: "t", user: "u", at: 5 },
      { id: "line-3", label: undefined, tenant: undefined, user: undefined, at: undefined },
      { id: "r", label: undefined, tenant: undefined, user: undefined, at: 1 },
    ]);
    expect(requests[1]?.messages.map((message) => [message.getType(), message.content])).toEqual([
      ["system", "s"],
      ["human", "q"],
    ]);
  });

  it("names file and line of what it skips, and goes on", async () => {
    const path = await log(
      "{broken",
      "[]",
      '{"text":" "}',
      "{}",
      '{"messages":[{"role":"robot","content":"x"}]}',
      '{"messages":[{"role":"user","content":5}]}',
      '{"messages":[{"role":"assistant","content":"x"}]}',
      '{"version":1,"kind":"tool","id":"t","at":1,"source":"x","model":"m","usage":null,"status":"ok"}',
      '{"version":1,"kind":"llm","id":"t","at":1,"source":"x","model":"m","usage":null,"status":"ok"}',
      '{"text":"good"}',
    );
    const problems: string[] = [];
    const { requests, skipped } = await readTrafficLog(path, { onProblem: (sentence) => problems.push(sentence) });
    expect(requests).toHaveLength(1);
    expect(skipped).toBe(9);
    expect(problems.map((sentence) => sentence.slice(path.length))).toEqual([
      ":1: it is not JSON. The line is skipped.",
      ":2: it is not a JSON object. The line is skipped.",
      ":3: `text` is empty. The line is skipped.",
      ":4: it has neither `text` nor `messages`. The line is skipped.",
      ':5: `messages[0].role` is "robot"; use system, user, assistant or tool. The line is skipped.',
      ":6: `messages[0].content` is neither a text nor a list. The line is skipped.",
      ":7: `messages` holds no question of the user. The line is skipped.",
      ':8: it is a record of kind "tool"; only calls of a model can be replayed. The line is skipped.',
      ":9: it holds no messages; log with texts to replay a traffic log. The line is skipped.",
    ]);
  });

  it("stops at a limit, and with strict at the first bad line", async () => {
    const path = await log('{"text":"a"}', '{"text":"b"}', "oops");
    expect((await readTrafficLog(path, { limit: 2, strict: true })).requests).toHaveLength(2);
    await expect(readTrafficLog(path, { strict: true })).rejects.toThrow(`${path}:3: it is not JSON.`);
  });

  it("says what is wrong with a file that is missing, empty, a folder or without a request", async () => {
    await expect(readTrafficLog(join(folder, "none.jsonl"))).rejects.toThrow("it does not exist");
    await expect(readTrafficLog(folder)).rejects.toThrow("it is a folder");
    await expect(readTrafficLog(await log(""))).rejects.toThrow("it is empty");
    await expect(readTrafficLog(await log("x", "y"))).rejects.toThrow("none of its 2 lines is a request");
    await expect(readTrafficLog(await log(""))).rejects.toThrow(CliError);
  });
});
