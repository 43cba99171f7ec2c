/**
 * Finds an error of a type in a chain of causes and aggregates; middleware and fallbacks wrap what was thrown.
 *
 * @example const refused = findError(error, BudgetExceededError);
 */
export function findError<T>(error: unknown, type: { isInstance(value: unknown): boolean; readonly prototype: T }): T | undefined {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  while (queue.length > 0) {
    const current = queue.shift();
    if (typeof current !== "object" || current === null || seen.has(current)) continue;
    seen.add(current);
    if (type.isInstance(current)) return current as T;
    const { cause, errors } = current as { cause?: unknown; errors?: unknown };
    if (cause !== undefined) queue.push(cause);
    if (Array.isArray(errors)) queue.push(...(errors as unknown[]));
  }
  return undefined;
}
