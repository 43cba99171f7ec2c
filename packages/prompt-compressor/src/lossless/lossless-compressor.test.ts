import { approximateTokenCounter } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { expandAliases, restoreText } from "../restore.ts";
import { LosslessCompressor } from "./lossless-compressor.ts";
import { toonFormat } from "./toon-format.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };

describe("LosslessCompressor", () => {
  it("counts repeated lines, refers to repeated paragraphs across segments, and squeezes blanks", async () => {
    const paragraph =
      "The parties agree that the goods are delivered to the warehouse in Graz within ten days of the order, and that the buyer checks them within three days of their arrival.";
    const result = await new LosslessCompressor().compress(
      [
        { kind: "context", text: `${paragraph}   \n\n\n\n${"retrying the call\n".repeat(12)}end` },
        { kind: "context", text: `Again:\n\n${paragraph}` },
      ],
      options,
    );
    expect(result.segments[0]?.text).toBe(`${paragraph}\n\nretrying the call [x12]\nend`);
    expect(result.segments[1]?.text).toBe('Again:\n\n[again: "The parties agree that the goods are delivered…", as above]');
    expect(restoreText(result)).toContain(`Again:\n\n${paragraph}`);
  });

  it("gives long ids short names on request, and writes them back into an answer", async () => {
    const id = "550e8400-e29b-41d4-a716-446655440000";
    const text = `Order ${id} is late. Customer of ${id} called. Cancel ${id}?`;
    expect((await new LosslessCompressor().compress(text, options)).skipped).toBe("no-gain");
    const result = await new LosslessCompressor({ aliasIds: true }).compress(text, options);
    expect(result.text).toBe(`Order ${id} (=@1) is late. Customer of @1 called. Cancel @1?`);
    expect(expandAliases("I cancelled @1, not @2.", result.restore)).toBe(`I cancelled ${id}, not @2.`);
    expect(restoreText(result)).toBe(text);
    expect((await new LosslessCompressor({ aliasIds: true }).compress(`${text} Mail @1.`, options)).skipped).toBe("no-gain");
  });

  it("keeps HTML comments unless asked, and never touches code", async () => {
    const text = "Hello <!-- be brief --> there.\n```html\n<!-- <p>  two </p> -->   \n\n\n\n```\n";
    expect((await new LosslessCompressor().compress(text, options)).text).toBe(text);
    expect((await new LosslessCompressor({ htmlComments: true }).compress(text, options)).text).toBe(text.replace("<!-- be brief -->", ""));
    const code = { kind: "code" as const, text: "a  \n\n\n\nb" };
    expect((await new LosslessCompressor().compress([code], options)).segments).toEqual([code]);
  });

  it("takes TOON only where it leads back to the same JSON text", async () => {
    const rows = JSON.stringify(
      Array.from({ length: 8 }, (_value, id) => ({ id, name: `name ${id}` })),
      null,
      2,
    );
    const toon = { encode: (value: unknown) => `T${JSON.stringify(value).length}`, decode: (): unknown => JSON.parse(rows) };
    expect((await new LosslessCompressor({ formats: [toonFormat(toon)] }).compress(rows, options)).text).toMatch(/^T\d+$/);
    const lossy = { ...toon, decode: (): unknown => [] };
    expect(JSON.parse((await new LosslessCompressor({ formats: [toonFormat(lossy)] }).compress(rows, options)).text)).toEqual(
      JSON.parse(rows),
    );
  });
});
