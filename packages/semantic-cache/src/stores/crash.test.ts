import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildChildProgram, type ChildProgram } from "./__fixtures__/child-program.ts";
import { crashEntry } from "./__fixtures__/crash-entry.ts";
import { memoryCacheStore } from "./memory-cache-store.ts";

/** How often the writing process is killed; set the variable to 200 for the long run. */
const kills = Number(process.env["LANGTHRIFT_KILLS"] ?? 20);

/** What the child had acknowledged, and had begun, for one id. */
interface Known {
  version: number;
  gone: boolean;
  begun: { version: number; gone: boolean } | null;
}

let program: ChildProgram;

beforeAll(async () => {
  program = await buildChildProgram("crash-child.ts");
});
afterAll(() => program.remove());

/** Runs the child until it is killed, `afterMs` after it has opened the store. */
function runAndKill(path: string, run: number, afterMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program.path, path, String(run)], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    child.stdout.on("data", (data: Buffer) => {
      if (output === "") setTimeout(() => child.kill("SIGKILL"), afterMs);
      output += data.toString();
    });
    child.on("close", (_code, signal) => {
      if (signal === "SIGKILL") resolve(output.split("\n").slice(0, -1));
      else reject(new Error(`The child ended by itself: ${errors}`));
    });
  });
}

it(`has every acknowledged entry after ${kills} kills at random moments`, { timeout: 60_000 + kills * 3000 }, async () => {
  const path = join(program.folder, "store");
  const known = new Map<string, Known>();
  let acknowledged = 0;
  for (let run = 0; run < kills; run += 1) {
    for (const line of await runAndKill(path, run, Math.random() * 250)) {
      const [word, kind, id = "", digits] = line.split(" ");
      const state = known.get(id) ?? { version: 0, gone: true, begun: null };
      const change = { version: Number(digits), gone: kind === "delete" };
      if (word === "begin") known.set(id, { ...state, begun: change });
      if (word === "done") {
        known.set(id, { ...change, begun: null });
        acknowledged += 1;
      }
    }
    const store = memoryCacheStore({ path });
    const report = await store.open();
    expect(report).toMatchObject({ damaged: 0, unreadableBytes: 0, repaired: 0, fellBack: false });
    for (const [id, { version, gone, begun }] of known) {
      const found = await store.get(id, 2);
      const foundVersion = found ? Number(found.payload.split(":")[1]) : 0;
      const allowed = [{ version, gone }, ...(begun ? [begun] : [])];
      expect(allowed.some((one) => (one.gone ? found === null : one.version === foundVersion))).toBe(true);
      known.set(id, { version: foundVersion, gone: found === null, begun: null });
      if (!found) continue;
      expect(found.payload).toBe(crashEntry(id, foundVersion).payload);
      const [nearest] = await store.search({ partition: "p", vector: crashEntry(id, 1).vector as Float32Array, k: 1, now: 2 });
      expect(nearest?.entry.id).toBe(id);
    }
    expect(store.size.entries).toBe([...known.values()].filter(({ gone }) => !gone).length);
    await store.close();
  }
  expect(acknowledged).toBeGreaterThan(kills);
});
