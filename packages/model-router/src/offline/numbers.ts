export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

/** Squared error of the models' scores relative to each other: what a choice between them rests on. */
export function gainError(predicted: readonly number[], actual: readonly number[]): number {
  const [p, a] = [mean(predicted), mean(actual)];
  return predicted.reduce((sum, value, m) => sum + (value - p - (actual[m]! - a)) ** 2, 0);
}
