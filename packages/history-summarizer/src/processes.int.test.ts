import { redisUrl } from "@langthrift/test-helpers";
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerMessage } from "./__fixtures__/history-worker.ts";

const url = redisUrl();
type Done = WorkerMessage & { readonly kind: "done" };

describe.skipIf(url === undefined)("several processes on a conversation (set REDIS_URL)", () => {
  const dir = mkdtempSync(join(tmpdir(), "langthrift-history-"));
  const children: ChildProcess[] = [];

  beforeAll(() => {
    // Node 20 does not run TypeScript: the worker is built first.
    const source = fileURLToPath(new URL("__fixtures__/history-worker.ts", import.meta.url));
    const tsdown = join(createRequire(import.meta.url).resolve("tsdown/package.json"), "..", "dist", "run.mjs");
    const options = ["--no-config", "--format", "esm", "--platform", "node", "--out-dir", dir, "--no-dts", "--logLevel", "error"];
    const root = fileURLToPath(new URL("..", import.meta.url));
    execFileSync(process.execPath, [tsdown, source, ...options, "--noExternal", "/.*/"], { cwd: root, stdio: "inherit" });
  }, 60_000);
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });

  function start(session: string, answer: string) {
    const child = fork(join(dir, "history-worker.mjs"), [url ?? "", session, answer]);
    children.push(child);
    const heard = <Kind extends WorkerMessage["kind"]>(kind: Kind) =>
      new Promise<WorkerMessage & { readonly kind: Kind }>((resolve, reject) => {
        child.on("message", (message: WorkerMessage) => {
          if (message.kind === kind) resolve(message as WorkerMessage & { readonly kind: Kind });
        });
        child.once("exit", (code) => reject(new Error(`The worker ended with ${code} before "${kind}".`)));
      });
    const summarizing = heard("summarizing");
    const done = heard("done");
    // Whoever does not wait for one of them shall not hear of its rejection.
    for (const promise of [summarizing, done]) promise.catch(() => undefined);
    return { child, summarizing, done, go: () => child.send("go") };
  }

  it("resumes after a process was killed in the middle of a summary: nothing lost, the next one writes version 1", async () => {
    const session = randomUUID();
    const killed = start(session, "never written");
    await killed.summarizing;
    killed.child.kill("SIGKILL");
    await expect(killed.done).rejects.toThrow("ended");

    const second = start(session, "They talked of many things.");
    await second.summarizing;
    second.go();
    const after: Done = await second.done;
    expect(after).toMatchObject({ all: 80, version: 1, calls: 1 });
    expect(after.shown[0]).toContain("They talked of many things.");

    const third = await start(session, "not asked for").done;
    expect(third).toMatchObject({ all: 80, version: 1, calls: 0 });
    expect(third.shown).toEqual(after.shown);
  }, 60_000);

  it("writes a version once when two processes summarise at the same time, and both show it", async () => {
    const session = randomUUID();
    const first = start(session, "by the first");
    await first.summarizing;
    const second = start(session, "by the second");
    await second.summarizing;
    first.go();
    second.go();
    const [one, two] = await Promise.all([first.done, second.done]);
    expect([one.calls, two.calls]).toEqual([1, 1]);
    expect([one.version, two.version]).toEqual([1, 1]);
    expect(one.shown).toEqual(two.shown);
    expect([one.all, two.all]).toEqual([80, 80]);
  }, 60_000);
});
