import type { RunNode } from "./run-node.ts";

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

  /** Oldest first. */
  nodes(): IterableIterator<RunNode> {
    return this.#nodes.values();
  }
}
