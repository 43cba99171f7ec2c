/** A draw from Beta(a, b), `a` and `b` above 0, as G(a) / (G(a) + G(b)). @param random uniform in [0, 1) */
export function sampleBeta(a: number, b: number, random: () => number): number {
  const x = sampleGamma(a, random);
  const y = sampleGamma(b, random);
  return x + y > 0 ? x / (x + y) : a / (a + b);
}

/** Gamma(shape, 1). @see Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000 */
function sampleGamma(shape: number, random: () => number): number {
  // Below 1: a draw at one more, times u^(1 / shape).
  if (shape < 1) return sampleGamma(shape + 1, random) * positive(random) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = sampleNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(positive(random)) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Box and Muller. */
function sampleNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(positive(random))) * Math.cos(2 * Math.PI * random());
}

/** In (0, 1): a logarithm follows. */
function positive(random: () => number): number {
  return Math.max(Number.MIN_VALUE, 1 - random());
}
