import { expect, it } from "vitest";
import { minimalJson } from "./minimal-json.ts";

it.each([
  [{ type: "string", minLength: 6 }, "textxx"],
  [{ type: "string", maxLength: 2 }, "te"],
  [{ type: "string", format: "date" }, "2025-01-01"],
  [{ type: "integer", minimum: 3, multipleOf: 5 }, 5],
  [{ type: "integer", exclusiveMinimum: 0 }, 1],
  [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
  [{ type: "number", maximum: -2 }, -2],
  [{ type: ["boolean", "null"] }, false],
  [{ const: "x" }, "x"],
  [{ type: "array", items: { type: "boolean" }, minItems: 2 }, [false, false]],
  [{ anyOf: [{ enum: ["a", "b"] }, { type: "null" }] }, "a"],
  [{ properties: { a: { type: "null" }, b: { type: "string" } }, required: ["a"] }, { a: null }],
  [
    { allOf: [{ properties: { a: { type: "null" } }, required: ["a"] }], properties: { b: { const: 1 } }, required: ["b"] },
    { a: null, b: 1 },
  ],
  [{ $ref: "#/$defs/a", $defs: { a: { type: "integer" } } }, 0],
  [true, {}],
])("%j → %j", (schema, expected) => {
  expect(minimalJson(schema)).toEqual(expected);
});

it("ends in a recursive schema", () => {
  const schema = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
  expect(JSON.stringify(minimalJson(schema))).toContain("null");
});
