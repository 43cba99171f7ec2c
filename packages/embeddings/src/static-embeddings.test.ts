import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidOptionError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import type { EmbeddingEvent } from "./embedding-event.ts";
import { StaticEmbeddings } from "./static-embeddings.ts";
import { installedTable } from "./static-table.ts";
import { WeightsError } from "./weights-error.ts";

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

describe("StaticEmbeddings", () => {
  it("gives unit vectors of 256 dimensions that put a paraphrase nearest", async () => {
    const embeddings = new StaticEmbeddings();
    const texts = ["How do I reset my PIN?", "I want to change my PIN", "Where is my order?"];
    const [a, b, c] = (await embeddings.embedDocuments(texts)) as [number[], number[], number[]];
    expect(a).toHaveLength(256);
    expect(embeddings.dimensions).toBe(256);
    expect(dot(a, a)).toBeCloseTo(1, 9);
    expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.2);
    expect(await embeddings.embedQuery(texts[0] as string)).toEqual(a);
  });

  it("does not see word order, as documented", async () => {
    const [a, b] = (await new StaticEmbeddings().embedDocuments(["dog bites man", "man bites dog"])) as [number[], number[]];
    expect(dot(a, b)).toBeCloseTo(1, 9);
  });

  it("gives every text without words one unit vector, and cuts and counts a long one", async () => {
    const events: EmbeddingEvent[] = [];
    const embeddings = new StaticEmbeddings({ maxTokens: 100, onEvent: (event) => events.push(event) });
    const texts = ["", " \n", "\u200b", "word ".repeat(20_000), "👩‍👩‍👧 שלום مرحبا 東京 \ud800"];
    const [empty, blank, invisible, ...rest] = (await embeddings.embedDocuments(texts)) as [number[], number[], number[], number[]];
    expect(blank).toEqual(empty);
    expect(invisible).toEqual(empty);
    for (const vector of [empty, ...rest]) expect(dot(vector, vector)).toBeCloseTo(1, 9);
    expect(events).toMatchObject([{ model: "langthrift-static-256", texts: 5, truncated: 1 }]);
  });

  it("stops on an abort", async () => {
    const reason = new Error("enough");
    await expect(new StaticEmbeddings().embedQuery("hello", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("names the fix when its table is missing or altered", async () => {
    const folder = await mkdtemp(join(tmpdir(), "langthrift-table-"));
    try {
      const tablePath = join(folder, "static-table.bin");
      const embeddings = new StaticEmbeddings({ tablePath });
      const error: unknown = await embeddings.embedQuery("hello").catch((reason: unknown) => reason);
      expect(WeightsError.isInstance(error)).toBe(true);
      expect((error as Error).message).toMatch(
        /missing: .*static-table\.bin cannot be read\. Install them again: npm install @langthrift\/embeddings\. In a bundled app, keep "@langthrift\/embeddings" external or pass `tablePath` and `modelDirectory`\.$/,
      );
      await writeFile(tablePath, "something else");
      await expect(embeddings.embedQuery("hello")).rejects.toThrow(/altered: .*static-table\.bin has SHA-256/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says what a bundled app has to do, where a bundle has no address", () => {
    expect(() => installedTable(undefined)).toThrow(WeightsError);
    expect(() => installedTable(undefined)).toThrow(
      /a bundle does not know .* keep "@langthrift\/embeddings" external or pass `tablePath`/,
    );
  });

  it.each([2, 3.5, Number.NaN])("rejects maxTokens %d at construction", (maxTokens) => {
    expect(() => new StaticEmbeddings({ maxTokens })).toThrow(InvalidOptionError);
  });
});
