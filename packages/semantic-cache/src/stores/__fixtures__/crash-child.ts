// Changes a store as fast as it can until it is killed, and says on its output what it has begun and what was acknowledged.
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { memoryCacheStore } from "../memory-cache-store.ts";
import { crashEntry } from "./crash-entry.ts";

const [folder = "", run = "0"] = process.argv.slice(2);
const store = memoryCacheStore({ path: folder, minLogBytes: 20_000 });

function say(line: string): void {
  // Synchronous: what was said has left the process.
  writeSync(1, `${line}\n`);
}

const versions = new Map<string, number>();
for await (const entry of store.entries()) versions.set(entry.id, Number(entry.payload.split(":")[1]));
say("open");

let step = 0;
function draw(below: number): number {
  step += 1;
  return createHash("md5").update(`${run}:${step}`).digest().readUInt32LE(0) % below;
}

async function change(lane: number): Promise<void> {
  // Each lane has ids of its own, so that changes of one id follow each other.
  const ids = [...versions.keys()].filter((id) => id.endsWith(`-${lane}`));
  const known = ids[draw(Math.max(1, ids.length))];
  const kind = known === undefined || ids.length < 20 ? "put" : (["put", "replace", "update", "delete"] as const)[draw(4)];
  const id = kind === "put" || known === undefined ? `r${run}-${step}-${lane}` : known;
  const version = (versions.get(id) ?? 0) + 1;
  say(`begin ${kind} ${id} ${version}`);
  if (kind === "delete") {
    versions.delete(id);
    await store.delete({ ids: [id] });
  } else {
    versions.set(id, version);
    if (kind === "update") await store.update(id, { payload: crashEntry(id, version).payload });
    else await store.put(crashEntry(id, version));
  }
  say(`done ${kind} ${id} ${version}`);
}

await Promise.all(
  Array.from({ length: 8 }, async (_, lane) => {
    for (;;) await change(lane);
  }),
);
