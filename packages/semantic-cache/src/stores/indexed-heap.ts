/** A binary heap that knows where each item is, so that one can be moved or removed in O(log n). An item is in one heap per `slot`. */
export class IndexedHeap<Slot extends string, T extends Record<Slot, number>> {
  readonly #items: T[] = [];
  readonly #slot: Slot;
  readonly #before: (a: T, b: T) => boolean;

  /** @param slot The field of an item that this heap keeps its position in; -1 when it is not in the heap. */
  constructor(slot: Slot, before: (a: T, b: T) => boolean) {
    this.#slot = slot;
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#items.push(item);
    this.#up(this.#items.length - 1, item);
  }

  /** To be called after the item's rank has changed. */
  moved(item: T): void {
    const at = item[this.#slot];
    if (at < 0) return;
    this.#up(at, item);
    this.#down(item[this.#slot], item);
  }

  remove(item: T): void {
    const at = item[this.#slot];
    if (at < 0) return;
    const last = this.#items.pop() as T;
    this.#place(item, -1);
    if (last === item) return;
    this.#set(at, last);
    this.moved(last);
  }

  #up(from: number, item: T): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent] as T;
      if (!this.#before(item, above)) break;
      this.#set(at, above);
      at = parent;
    }
    this.#set(at, item);
  }

  #down(from: number, item: T): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#before(this.#items[child + 1] as T, this.#items[child] as T)) child += 1;
      const below = this.#items[child] as T;
      if (!this.#before(below, item)) break;
      this.#set(at, below);
      at = child;
    }
    this.#set(at, item);
  }

  #set(at: number, item: T): void {
    this.#items[at] = item;
    this.#place(item, at);
  }

  #place(item: T, at: number): void {
    (item as Record<Slot, number>)[this.#slot] = at;
  }
}
