import { randomUUID } from "node:crypto";

const ids = new WeakMap<object, string>();

/**
 * A name for a function or object that no other has, also in no other process: functions cannot be compared by what they do, so what was made with one
 * must not be taken for what another would make. `null` for nothing.
 */
export function identityOf(value: object | undefined): string | null {
  if (value === undefined) return null;
  let id = ids.get(value);
  if (id === undefined) ids.set(value, (id = randomUUID()));
  return id;
}
