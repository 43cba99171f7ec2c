/** `Array.isArray` for a list whose type is known but which JavaScript may have left out: it does not narrow the type to `any[]`. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}
