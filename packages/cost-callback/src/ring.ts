/** The last `capacity` items, oldest first. */
export class Ring<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #next = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many items were pushed out. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    if (this.#capacity === 0) {
      this.#dropped += 1;
      return;
    }
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#dropped += 1;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    yield* this.#items.slice(this.#next);
    yield* this.#items.slice(0, this.#next);
  }
}
