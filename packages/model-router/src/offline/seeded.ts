/** mulberry32: numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A shuffled copy (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
}

/** The fold of each row, 0 to `folds` - 1; rows of one group, and rows with the same prompt, are never apart. */
export function foldsOf(rows: readonly { readonly prompt: string; readonly group?: string }[], folds: number, seed: number): number[] {
  const keys = rows.map(({ group, prompt }) => (group === undefined ? `p:${prompt}` : `g:${group}`));
  const order = shuffled([...new Set(keys)], seededRandom(seed));
  const fold = new Map(order.map((key, index) => [key, index % folds]));
  return keys.map((key) => fold.get(key)!);
}
