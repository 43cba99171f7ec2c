import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";

/** A Redis of the benchmark's own, so that it can be killed. Every write is on disk before it is answered. */
export interface OwnRedis {
  readonly url: string;
  /** Kills it without warning. */
  kill(): Promise<void>;
  /** Starts it again, with what is on disk. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** `undefined` when there is no `redis-server` on the PATH. */
export async function startOwnRedis(): Promise<OwnRedis | undefined> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "langthrift-bench-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  const kill = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
    server = spawn("redis-server", [...options, "--appendfsync", "always"], { stdio: "ignore" });
    await answers(url);
  };
  const close = async (): Promise<void> => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url, kill, start, close };
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  const client = createClient({
    url,
    socket: { reconnectStrategy: () => (Date.now() < deadline ? 50 : new Error("Redis does not answer.")) },
  });
  client.on("error", () => undefined);
  await client.connect();
  // Right after its start it may still be reading its file.
  while ((await client.ping().catch(() => "")) !== "PONG" && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  await client.close();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
