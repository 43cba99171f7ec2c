import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { mersenne } from "pure-rand/generator/mersenne";

/** Numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  const generator = mersenne(seed);
  return () => uniformFloat64(generator);
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

/** What must stay on one side of a split: a group, else the prompt. */
export function splitKey({ group, prompt }: { readonly prompt: string; readonly group?: string }): string {
  return group === undefined ? `p:${prompt}` : `g:${group}`;
}

/** The fold of each row, 0 to `folds` - 1; rows of one key are never apart. */
export function foldsOf(rows: readonly { readonly key: string }[], folds: number, seed: number): number[] {
  const order = shuffled([...new Set(rows.map(({ key }) => key))], seededRandom(seed));
  const fold = new Map(order.map((key, index) => [key, index % folds]));
  return rows.map(({ key }) => fold.get(key)!);
}
