// What `services:up` started, for `services:down`, `services:status` and the test run.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const stateFolder = join(tmpdir(), `langthrift-services-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`);
const stateFile = join(stateFolder, "state.json");

/** One entry for each kind: `{ variable, url, port, source, pid }`, or `container: true` for Docker's. */
export function readState() {
  return existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : [];
}

export function writeState(servers) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stateFile, JSON.stringify(servers));
}

export function removeState() {
  rmSync(stateFolder, { recursive: true, force: true });
}
