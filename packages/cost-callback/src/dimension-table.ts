import { addCell, type CostCell, moneyOf, newCell } from "./cost-cell.ts";
import { type Dimension, type LedgerRecord, OTHER, valueOf } from "./dimension.ts";

/** The groups of one dimension, or of a combination of several, in bounded memory. */
export class DimensionTable {
  readonly dimensions: readonly Dimension[];
  readonly #maxKeys: number;
  readonly #cells = new Map<string, CostCell>();
  /** Time and runs go on for ever: the oldest makes room. Elsewhere the first keys stay, because heavy users come early. */
  readonly #evictsOldest: boolean;

  constructor(dimensions: readonly Dimension[], maxKeys: number) {
    this.dimensions = dimensions;
    this.#maxKeys = maxKeys;
    this.#evictsOldest = dimensions.some((dimension) => dimension === "run" || dimension === "hour" || dimension === "day");
  }

  add(record: LedgerRecord, delta: CostCell): void {
    const [first] = this.dimensions;
    if (this.dimensions.length === 1 && first !== undefined) {
      const value = valueOf(first, record);
      if (typeof value === "string") addCell(this.#cell(value), delta);
      else for (const key of new Set(value)) addCell(this.#cell(key), delta);
      return;
    }
    for (const key of combinations(this.dimensions.map((dimension) => valueOf(dimension, record)))) addCell(this.#cell(key), delta);
  }

  /** The groups, the dearest first. */
  groups(): { readonly key: string; readonly cell: CostCell }[] {
    return [...this.#cells].map(([key, cell]) => ({ key, cell })).sort((a, b) => moneyOf(b.cell) - moneyOf(a.cell));
  }

  #cell(key: string): CostCell {
    const known = this.#cells.get(key);
    if (known) return known;
    if (this.#cells.size >= this.#maxKeys && key !== OTHER) {
      const other = this.#cells.get(OTHER) ?? newCell();
      this.#cells.set(OTHER, other);
      if (!this.#evictsOldest) return other;
      for (const [oldest, cell] of this.#cells) {
        if (oldest === OTHER) continue;
        addCell(other, cell);
        this.#cells.delete(oldest);
        break;
      }
    }
    const cell = newCell();
    this.#cells.set(key, cell);
    return cell;
  }
}

/** Joins one value of each dimension, in every combination. */
function combinations(values: readonly (string | readonly string[])[]): Set<string> {
  let keys = [""];
  values.forEach((value, index) => {
    const list = typeof value === "string" ? [value] : value;
    keys = keys.flatMap((key) => list.map((item) => (index === 0 ? item : `${key} / ${item}`)));
  });
  return new Set(keys);
}
