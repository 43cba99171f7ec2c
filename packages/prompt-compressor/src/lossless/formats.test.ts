import * as toon from "@toon-format/toon";
import { defaultTokenCounter } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restoreText } from "../restore.ts";
import { LosslessCompressor } from "./lossless-compressor.ts";
import { csvFormat, minifiedJson } from "./table-format.ts";
import { toonFormat } from "./toon-format.ts";

const options = { minTokens: 0, minGain: 0 };
const flat = JSON.stringify(
  Array.from({ length: 50 }, (_value, id) => ({ id, name: `item ${id}`, price: id * 1.25, stocked: id % 3 === 0 })),
  null,
  2,
);
const nested = JSON.stringify(
  {
    order: {
      id: 7,
      items: [
        { sku: "a", parts: [{ n: 1 }] },
        { sku: "b", other: { deep: [1, 2, { x: null }] } },
      ],
    },
  },
  null,
  2,
);

describe("toonFormat with the library", () => {
  it("wins for flat rows, and leads back", async () => {
    const { count } = await defaultTokenCounter();
    const minified = (await new LosslessCompressor().compress(flat, options)).text;
    const result = await new LosslessCompressor({ formats: [toonFormat(toon)] }).compress(flat, options);
    expect(result.text).toMatch(/^\[50\]\{id,name,price,stocked\}:/);
    expect(count(result.text)).toBeLessThan(0.75 * count(minified));
    expect(toon.decode(result.text)).toEqual(JSON.parse(flat));
    expect(restoreText(result)).toBe(flat);
  });

  it("loses to minified JSON for nested values", async () => {
    const { text } = await new LosslessCompressor({ formats: [toonFormat(toon)] }).compress(nested, options);
    expect(text).toBe(minifiedJson(nested));
  });

  it.each(['[{"a": 1, "a": 2}, {"a": 3}]', '[{"big": 12345678901234567890}, {"big": 1}]', '[{"f": 1.0}, {"f": 2.0}]', '[{"z": -0}]'])(
    "leaves %s, of which it would lose something",
    (json) => {
      expect(toonFormat(toon).encode(json)).toBeUndefined();
    },
  );

  it("gives only texts that decode to the same JSON", () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())), fc.constantFrom(0, 2), (value, space) => {
        const json = JSON.stringify(value, null, space);
        const encoded = toonFormat(toon).encode(json);
        if (encoded !== undefined) expect(JSON.stringify(toon.decode(encoded))).toBe(minifiedJson(json));
      }),
      { numRuns: 300 },
    );
  });
});

describe("csvFormat", () => {
  it("writes flat rows and quotes what needs it", () => {
    expect(csvFormat().encode('[{"a":1,"b":"x, y"},{"a":2,"b":"say \\"hi\\""}]')).toBe('a,b\n1,"x, y"\n2,"say ""hi"""');
  });

  it.each([
    '[{"a":"5"},{"a":"6"}]',
    '[{"a":null},{"a":1}]',
    '[{"a":1},{"b":2}]',
    '[{"a":[1]},{"a":[2]}]',
    '{"a":1}',
    "[]",
    "nothing",
    '[{"a":""},{"a":"b"}]',
  ])("leaves %s, whose types or keys a table would lose", (json) => {
    expect(csvFormat().encode(json)).toBeUndefined();
  });
});
