import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildChildProgram, type ChildProgram } from "../__fixtures__/child-program.ts";
import type { RedisClient } from "./redis-client.ts";
import { redisFlightLock } from "./redis-flight-lock.ts";

const url = process.env["REDIS_URL"] ?? "";
const state = url ? "real server" : "REDIS_URL is not set";

let names = 0;
const newPrefix = (): string => `test:flight:${process.pid}:${Date.now()}:${(names += 1)}`;

const clients: Record<string, () => Promise<{ client: RedisClient; close: () => void }>> = {
  "node-redis 4": async () => {
    const client = createClient4({ url });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => void client.disconnect() };
  },
  "node-redis 6": async () => {
    const client = createClient({ url });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.destroy() };
  },
  ioredis: async () => {
    const client = new Redis(url);
    return { client, close: () => client.disconnect() };
  },
};

describe.skipIf(!url).each(Object.entries(clients))(`redisFlightLock by %s (${state})`, (_, connect) => {
  let connection: Awaited<ReturnType<typeof connect>>;
  const admin = url ? new Redis(url) : null;
  beforeEach(async () => {
    connection = await connect();
  });
  afterEach(() => connection.close());
  afterAll(() => admin?.disconnect());

  it("gives one lease at a time, which ends by itself", async () => {
    const prefix = newPrefix();
    const lock = redisFlightLock(connection.client, { prefix });
    const { lease } = await lock.acquire("a", 60_000);
    const { holder } = await lock.acquire("a", 60_000);
    expect(holder).toBe(await admin?.get(`${prefix}:flight:a`));
    expect((await lock.acquire("b", 60_000)).lease).toBeDefined();
    expect(await lease?.renew(90_000)).toBe(true);
    expect(await admin?.pttl(`${prefix}:flight:a`)).toBeGreaterThan(60_000);
    expect(await lease?.renew(1)).toBe(true);
    await expect.poll(() => admin?.exists(`${prefix}:flight:a`)).toBe(0);

    const next = await lock.acquire("a", 60_000);
    // The former owner can neither renew nor end what is another's by now.
    expect(await lease?.renew(60_000)).toBe(false);
    await lease?.release();
    expect((await lock.acquire("a", 60_000)).holder).not.toBe(holder);
    await next.lease?.release();
    expect(await admin?.exists(`${prefix}:flight:a`)).toBe(0);
  });
});

describe("redisFlightLock", () => {
  it.each([42, "OK", Buffer.from("<html>"), undefined])("rejects an answer that is no lease: %s", async (answer) => {
    const lock = redisFlightLock({ sendCommand: () => Promise.resolve(answer) });
    await expect(lock.acquire("a", 1000)).rejects.toMatchObject({ reason: "reply" });
  });
});

/** A process of its own; `line` resolves with the next line that begins so. */
class Asker {
  readonly process: ChildProcessWithoutNullStreams;
  #output = "";
  #wake = (): void => undefined;
  #ended = false;

  constructor(program: ChildProgram, prefix: string, model: string) {
    this.process = spawn(process.execPath, [program.path, url, prefix, model]);
    this.process.stdout.on("data", (data: Buffer) => {
      this.#output += data.toString();
      this.#wake();
    });
    this.process.stderr.on("data", (data: Buffer) => (this.#output += data.toString()));
    this.process.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async line(start: string): Promise<string> {
    for (;;) {
      const found = this.#output.split("\n").find((line) => line.startsWith(start));
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`The process ended without saying "${start}": ${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  tell(): void {
    this.process.stdin.write("go\n");
  }
}

describe.skipIf(!url)(`two processes with a lock on Redis (${state})`, () => {
  let program: ChildProgram;
  let admin: Redis;
  const askers: Asker[] = [];

  beforeAll(async () => {
    program = await buildChildProgram("flight-child.ts");
    admin = new Redis(url);
  });
  afterEach(() => {
    for (const asker of askers.splice(0)) asker.process.kill("SIGKILL");
  });
  afterAll(async () => {
    admin.disconnect();
    await program.remove();
  });

  async function start(prefix: string, model: string): Promise<Asker> {
    const asker = new Asker(program, prefix, model);
    askers.push(asker);
    await asker.line("ready");
    return asker;
  }

  it("ask the model once", async () => {
    const prefix = newPrefix();
    const [a, b] = await Promise.all([start(prefix, "a"), start(prefix, "b")]);
    a.tell();
    await a.line("asked");
    b.tell();
    // It looks whether the answer is there as long as the lease is held.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await admin.get(`${prefix}:asked`)).toBe("1");
    a.tell();
    expect(await a.line("answer")).toBe("answer a");
    expect(await b.line("answer")).toBe("answer a");
    expect(await admin.get(`${prefix}:asked`)).toBe("1");
    await expect.poll(() => admin.keys(`${prefix}:flight:*`)).toEqual([]);
  });

  it("wait for one that died no longer than its lease", async () => {
    const prefix = newPrefix();
    const [a, b] = await Promise.all([start(prefix, "a"), start(prefix, "b")]);
    a.tell();
    await a.line("asked");
    b.tell();
    a.process.kill("SIGKILL");
    await expect(a.line("answer")).rejects.toThrow("ended");
    const [lease = ""] = await admin.keys(`${prefix}:flight:*`);
    const left = await admin.pttl(lease);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(5_000);
    // Nobody prolongs it: the other one gets its turn.
    await b.line("asked");
    b.tell();
    expect(await b.line("answer")).toBe("answer b");
    expect(await admin.get(`${prefix}:asked`)).toBe("2");
  });
});
