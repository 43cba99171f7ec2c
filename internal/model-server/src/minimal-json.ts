import { asArray, asNumber, asRecord, asString, isRecord, type JsonRecord, type JsonValue } from "./json.ts";

/**
 * The smallest value that a JSON Schema accepts: required properties only, first of `enum`, `anyOf`, `oneOf`, shortest string and array.
 * `pattern` is not followed. A recursive schema ends in `null` at depth 16.
 */
export function minimalJson(schema: unknown, root: JsonRecord = asRecord(schema), depth = 0): JsonValue {
  if (!isRecord(schema) || depth > 16) return depth > 16 ? null : {};
  if ("const" in schema) return schema["const"] as JsonValue;
  if ("default" in schema) return schema["default"] as JsonValue;
  const [first] = asArray(schema["enum"]);
  if (first !== undefined) return first as JsonValue;

  const reference = asString(schema["$ref"]);
  if (reference !== undefined) return minimalJson(resolve(reference, root), root, depth + 1);
  const [option] = [...asArray(schema["anyOf"]), ...asArray(schema["oneOf"])];
  if (option !== undefined) return minimalJson(option, root, depth + 1);
  const all = asArray(schema["allOf"]);
  if (all.length > 0) return minimalJson(mergeAll([schema, ...all], root), root, depth + 1);

  const type = Array.isArray(schema["type"]) ? asArray(schema["type"])[0] : schema["type"];
  switch (type ?? ("properties" in schema ? "object" : undefined)) {
    case "string":
      return minimalString(schema);
    case "integer":
    case "number":
      return minimalNumber(schema, type === "integer");
    case "boolean":
      return false;
    case "array":
      return Array.from({ length: asNumber(schema["minItems"]) ?? 0 }, () => minimalJson(schema["items"] ?? {}, root, depth + 1));
    case "object": {
      const properties = asRecord(schema["properties"]);
      const required = asArray(schema["required"]).filter((name): name is string => typeof name === "string");
      return Object.fromEntries(required.map((name) => [name, minimalJson(properties[name] ?? {}, root, depth + 1)]));
    }
    case "null":
      return null;
    default:
      return {};
  }
}

const formats: Readonly<Record<string, string>> = {
  date: "2025-01-01",
  time: "00:00:00Z",
  "date-time": "2025-01-01T00:00:00Z",
  email: "a@example.com",
  uri: "https://example.com",
  url: "https://example.com",
  uuid: "00000000-0000-4000-8000-000000000000",
  ipv4: "127.0.0.1",
};

function minimalString(schema: JsonRecord): string {
  const format = formats[asString(schema["format"]) ?? ""];
  return format ?? "text".padEnd(asNumber(schema["minLength"]) ?? 0, "x").slice(0, asNumber(schema["maxLength"]) ?? undefined);
}

function minimalNumber(schema: JsonRecord, integer: boolean): number {
  const multiple = asNumber(schema["multipleOf"]) ?? (integer ? 1 : undefined);
  const above = asNumber(schema["exclusiveMinimum"]);
  const low = asNumber(schema["minimum"]);
  const high = asNumber(schema["maximum"]);
  const below = asNumber(schema["exclusiveMaximum"]);
  const step = multiple ?? 1;
  let value = 0;
  if (low !== undefined && value < low) value = multiple === undefined ? low : Math.ceil(low / multiple) * multiple;
  if (above !== undefined && value <= above) value = (Math.floor(above / step) + 1) * step;
  if (high !== undefined && value > high) value = multiple === undefined ? high : Math.floor(high / multiple) * multiple;
  if (below !== undefined && value >= below) value = (Math.ceil(below / step) - 1) * step;
  // A range narrower than a step, such as 0 < x < 1.
  const top = below ?? high;
  return above !== undefined && top !== undefined && value <= above ? (above + top) / 2 : value;
}

function resolve(reference: string, root: JsonRecord): unknown {
  let at: unknown = root;
  for (const key of reference.split("/").slice(1)) {
    at = asRecord(at)[key.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at;
}

function mergeAll(schemas: readonly unknown[], root: JsonRecord): JsonRecord {
  const merged: Record<string, unknown> = {};
  for (const value of schemas) {
    const reference = asString(asRecord(value)["$ref"]);
    const { allOf: _, ...schema } = asRecord(reference === undefined ? value : resolve(reference, root));
    for (const [key, entry] of Object.entries(schema)) {
      if (key === "properties") merged[key] = { ...asRecord(merged[key]), ...asRecord(entry) };
      else if (key === "required") merged[key] = [...asArray(merged[key]), ...asArray(entry)];
      else merged[key] = entry;
    }
  }
  return merged;
}
