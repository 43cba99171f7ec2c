import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, stableHash } from "./stable-hash.ts";

describe("canonicalJson", () => {
  it("has golden vectors", () => {
    expect(canonicalJson({ b: [1, -0, 1e21], a: { z: undefined, y: null, é: "\u2028" } })).toBe(
      '{"a":{"y":null,"é":"\u2028"},"b":[1,0,1e+21]}',
    );
    expect(stableHash("a", { b: 1 })).toBe("3d6f51e1fd2489c7f062f0347a710fa6a5f238bdd8c8bf55741236400da86492");
  });

  it("orders keys by code unit, whatever the order of insertion", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      }),
    );
  });

  it.each([[1n], [Number.NaN], [Infinity], [() => 1], [Symbol("s")], [new Date(0)], [new Map()]])("refuses %s", (value) => {
    expect(() => canonicalJson({ value })).toThrow(TypeError);
  });

  it("refuses cycles but not repeats", () => {
    const shared = { a: 1 };
    expect(canonicalJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => canonicalJson(cycle)).toThrow(/value\.self refers back/);
  });
});

it("part boundaries cannot be forged", () => {
  expect(stableHash("ab", "c")).not.toBe(stableHash("a", "bc"));
  expect(stableHash(["a"], "b")).not.toBe(stableHash("a", ["b"]));
});
