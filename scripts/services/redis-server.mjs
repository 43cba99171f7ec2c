// Starts one Redis server, or the container of compose.yaml.
import { execFileSync, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, freePort } from "./redis-client.mjs";
import { onPath } from "./redis-programs.mjs";

const composeFile = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "compose.yaml");

/** Rejects with the reason when it does not start, or does not know the probe's command. */
export async function startServer({ program, args, last = [] }, { name, probe, folder }) {
  const port = await freePort();
  const log = join(folder, `${name.replace(" ", "-")}.log`);
  const options = { port: String(port), bind: "127.0.0.1", save: "", appendonly: "no", dir: folder, daemonize: "no" };
  const words = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
  const output = openSync(log, "w");
  const child = spawn(program, [...args, ...words, ...last], { detached: true, stdio: ["ignore", output, output] });
  let ended = null;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", () => (ended ??= readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "it ended"));
  child.unref();
  for (let tries = 0; tries < 100; tries += 1) {
    if (ended !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await ask({ port }, probe).catch(() => null);
    if (answer === null || answer.startsWith("-LOADING")) continue;
    if (!answer.startsWith("-")) return { port, pid: child.pid };
    process.kill(child.pid);
    throw new Error(`it does not know ${probe[0]}`);
  }
  if (ended === null) process.kill(child.pid);
  throw new Error(ended ?? "it did not answer within 10 s");
}

/** Whether Docker's engine answers; its client alone is of no use. */
export function dockerRuns() {
  if (!onPath("docker")) return false;
  try {
    execFileSync("docker", ["info"], { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Starts redis:8, which knows all of it. */
export async function startContainer() {
  const port = await freePort();
  compose(port, ["up", "--detach", "--wait"]);
  return { port };
}

export function stopContainer(port) {
  compose(port, ["down", "--volumes"]);
}

function compose(port, args) {
  const env = { ...process.env, LANGTHRIFT_REDIS_PORT: String(port) };
  execFileSync("docker", ["compose", "--file", composeFile, ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 300_000, env });
}
