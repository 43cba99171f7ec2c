import { createHash } from "node:crypto";

/**
 * JSON with one spelling for each value: keys ordered by code unit, `undefined` fields dropped, -0 written as 0.
 *
 * @throws {TypeError} for what JSON would lose: bigint, NaN and infinities, functions, symbols, cycles, class instances.
 */
export function canonicalJson(value: unknown): string {
  return write(value, "value", new Set());
}

/** SHA-256 (hex) of the parts' canonical JSON. The parts are hashed as one array, so their boundaries cannot be forged. */
export function stableHash(...parts: unknown[]): string {
  return createHash("sha256").update(canonicalJson(parts)).digest("hex");
}

function write(value: unknown, path: string, ancestors: Set<object>): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold.`);
      return JSON.stringify(value);
    case "object":
      break;
    default:
      throw new TypeError(`${path} is a ${typeof value}, which JSON cannot hold.`);
  }
  if (value === null) return "null";
  if (ancestors.has(value)) throw new TypeError(`${path} refers back to an object that holds it.`);
  ancestors.add(value);
  const text = Array.isArray(value) ? writeArray(value, path, ancestors) : writeObject(value, path, ancestors);
  ancestors.delete(value);
  return text;
}

function writeArray(items: readonly unknown[], path: string, ancestors: Set<object>): string {
  const parts: string[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    parts.push(item === undefined ? "null" : write(item, `${path}[${index}]`, ancestors));
  }
  return `[${parts.join(",")}]`;
}

function writeObject(object: object, path: string, ancestors: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    const name = (prototype as { constructor?: { name?: string } }).constructor?.name ?? "unknown";
    throw new TypeError(`${path} is an instance of ${name}; pass plain data.`);
  }
  const parts: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const item = (object as Record<string, unknown>)[key];
    if (item !== undefined) parts.push(`${JSON.stringify(key)}:${write(item, `${path}.${key}`, ancestors)}`);
  }
  return `{${parts.join(",")}}`;
}
