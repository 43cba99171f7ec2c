import type { RunNode } from "./run-node.ts";

/** A call that said nothing for so long has lost its end, in ms. No client library waits longer by default. */
const LOST_AFTER_MS = 3_600_000;

/** The runs that have begun and not ended, by id. Bounded: an end can get lost, and then the oldest is given up. */
export class RunRegistry {
  readonly #nodes = new Map<string, RunNode>();
  readonly #capacity: number;
  readonly #onEvicted: (node: RunNode) => void;

  constructor(capacity: number, onEvicted: (node: RunNode) => void) {
    this.#capacity = capacity;
    this.#onEvicted = onEvicted;
  }

  get size(): number {
    return this.#nodes.size;
  }

  add(node: RunNode): void {
    this.#nodes.set(node.id, node);
    if (this.#nodes.size <= this.#capacity) return;
    for (const [id, oldest] of this.#nodes) {
      this.#nodes.delete(id);
      this.#onEvicted(oldest);
      break;
    }
  }

  get(id: string | undefined): RunNode | undefined {
    return id === undefined ? undefined : this.#nodes.get(id);
  }

  /** Takes a run out; `undefined` when it is not running, because it has ended before or was never seen. */
  take(id: string): RunNode | undefined {
    const node = this.#nodes.get(id);
    if (node) this.#nodes.delete(id);
    return node;
  }

  /** Model calls that have said nothing for too long, oldest first: streams left by their readers, and calls whose end got lost. */
  *silent(now: number, streamSilenceMs: number): Generator<RunNode> {
    for (const node of this.#nodes.values()) {
      if (node.llm && now - node.llm.lastSeenAt >= (node.llm.streamed ? streamSilenceMs : LOST_AFTER_MS)) yield node;
    }
  }
}
