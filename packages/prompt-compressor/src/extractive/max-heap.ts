/** A binary heap of numbered items; of equal scores the higher number comes first. */
export class MaxHeap {
  readonly #scores: Float64Array;
  readonly #items: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#scores = new Float64Array(capacity + 1);
    this.#items = new Int32Array(capacity + 1);
  }

  peekScore(): number {
    return this.#size === 0 ? -Infinity : (this.#scores[0] as number);
  }

  push(score: number, item: number): void {
    let at = this.#size;
    this.#size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(score, item, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#scores[at] = score;
    this.#items[at] = item;
  }

  pop(): { readonly score: number; readonly item: number } | undefined {
    if (this.#size === 0) return undefined;
    const top = { score: this.#scores[0] as number, item: this.#items[0] as number };
    this.#size -= 1;
    if (this.#size === 0) return top;
    const score = this.#scores[this.#size] as number;
    const item = this.#items[this.#size] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(this.#scores[child + 1] as number, this.#items[child + 1] as number, child)) child += 1;
      if (this.#before(score, item, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#scores[at] = score;
    this.#items[at] = item;
    return top;
  }

  #before(score: number, item: number, other: number): boolean {
    const otherScore = this.#scores[other] as number;
    return score > otherScore || (score === otherScore && item > (this.#items[other] as number));
  }

  #move(from: number, to: number): void {
    this.#scores[to] = this.#scores[from] as number;
    this.#items[to] = this.#items[from] as number;
  }
}
