import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { CacheStoreError } from "../cache-store-error.ts";

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, so that another process with the same number is not taken for it; `null` when not known. */
  readonly started: string | null;
  readonly token: string;
}

/** How old the mark of a takeover must be to be one that its process did not finish, in ms. */
const TAKEOVER_MS = 10_000;

/**
 * Makes this process the only one that writes the files beside it, and returns how to let go. A lock whose process has ended is taken over.
 *
 * @throws {CacheStoreError} `locked` when its process lives, or is on another machine.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const mine: LockOwner = { pid: process.pid, host: hostname(), started: await startOf(process.pid), token: randomUUID() };
  if (!(await createFile(path, mine))) await takeOver(path, mine);
  return async () => {
    const owner = await ownerOf(path);
    if (typeof owner === "object" && owner.token === mine.token) await rm(path, { force: true });
  };
}

async function takeOver(path: string, mine: LockOwner): Promise<void> {
  const takeover = `${path}.takeover`;
  if (!(await createFile(takeover, mine))) {
    const made = await stat(takeover).catch(() => null);
    if (made && Date.now() - made.mtimeMs > TAKEOVER_MS) await rm(takeover, { force: true });
    throw locked(path, null);
  }
  try {
    const owner = await ownerOf(path);
    if (owner === "none") {
      // Released meanwhile: whoever creates it first has it.
      if (!(await createFile(path, mine))) throw locked(path, null);
      return;
    }
    if (owner !== "unreadable" && (await isAlive(owner))) throw locked(path, owner);
    await rename(await writeDraft(path, mine), path);
  } finally {
    await rm(takeover, { force: true });
  }
}

/** Creates the file with its content in one step; `false` when there is one. */
async function createFile(path: string, content: LockOwner): Promise<boolean> {
  const draft = await writeDraft(path, content);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(path: string, content: LockOwner): Promise<string> {
  const draft = `${path}.${content.token}`;
  await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
  return draft;
}

async function ownerOf(path: string): Promise<LockOwner | "none" | "unreadable"> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as LockOwner;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "none" : "unreadable";
  }
}

async function isAlive({ pid, host, started }: LockOwner): Promise<boolean> {
  // Of a process on another machine nothing can be known.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const current = await startOf(pid);
  return started === null || current === null || current === started;
}

/** Start time of a process in clock ticks since boot, where the system shows it (Linux). */
async function startOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the name, in brackets, and may hold blanks: the start is the 20th after it.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function locked(path: string, owner: LockOwner | null): CacheStoreError {
  const who = owner ? `process ${owner.pid} on ${owner.host}` : "another process";
  return new CacheStoreError(
    "locked",
    `${who} writes the cache at ${path}. Give each process a \`path\` of its own, or share a Redis store.`,
  );
}
