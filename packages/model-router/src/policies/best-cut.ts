/**
 * The cut that parts two lists best: where the share of the own at or above it less the share of the others is greatest (Youden's J). Between
 * cuts that do equally well, the highest own score; the cut then lies in the middle of the gap below it. Where no cut parts them at all, one that
 * only the same text reaches (a cosine of 1).
 */
export function bestCut(own: readonly number[], others: readonly number[]): number {
  const share = (values: readonly number[], cut: number) =>
    values.length === 0 ? 0 : values.filter((value) => value >= cut).length / values.length;
  let best = { edge: 0, gain: 0 };
  for (const edge of own) {
    if (edge <= 0) continue;
    const gain = share(own, edge) - share(others, edge);
    if (gain > best.gain || (gain === best.gain && edge > best.edge)) best = { edge, gain };
  }
  if (best.edge === 0) return Math.max(1, ...own);
  const below = [...own, ...others].filter((value) => value < best.edge);
  return (best.edge + Math.max(0, ...below)) / 2;
}
