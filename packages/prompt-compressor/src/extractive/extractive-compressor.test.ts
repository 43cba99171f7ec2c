import { approximateTokenCounter, InvalidOptionError } from "@langthrift/core";
import { Embeddings } from "@langchain/core/embeddings";
import { describe, expect, it } from "vitest";
import { ExtractiveCompressor } from "./extractive-compressor.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };
const chat = [
  "8 May 2023",
  "Ann: Hey there! How are you? It is nice to see you again.",
  "Ben: Great! I moved from Trieste to Lisbon last week.",
  "Ann: Wow! That is so cool. It is so nice for you.",
  "",
  "9 June 2023",
  "Ben: Hello! It is nice to see you. I do not eat fish any more.",
  "Ann: Oh, okay! That is so nice. It is great to see you.",
  "Ben: Yes! It is nice. It is so cool to see you again.",
].join("\n");

describe("ExtractiveCompressor", () => {
  it("keeps what is said once, negations, who says it, and the headings above", async () => {
    const { text, stats } = await new ExtractiveCompressor().compress(chat, { ...options, rate: 0.5 });
    expect(text).toContain("Ben: ");
    expect(text).toContain("I moved from Trieste to Lisbon last week.");
    expect(text).toContain("I do not eat fish any more.");
    expect(text.indexOf("8 May 2023")).toBeLessThan(text.indexOf("Lisbon"));
    expect(text).toContain("9 June 2023\nBen: ");
    expect(stats.ratio).toBeLessThanOrEqual(0.5);
  });

  it("with a question keeps the turn behind the words that it asks with", async () => {
    const dialogue = [
      "Ann: Which colour did you paint the kitchen?",
      "Ben: Dark green, after all.",
      ...Array.from({ length: 30 }, (_value, turn) => `Ann: The garden has had rain for ${turn} days, and the roses like it a lot.`),
    ].join("\n");
    const { text } = await new ExtractiveCompressor().compress(dialogue, {
      ...options,
      rate: 0.15,
      question: "What colour is Ben's kitchen painted?",
    });
    expect(text).toContain("Dark green");
  });

  it("keeps fenced code and what the caller names, whatever it costs, and says that the budget was missed", async () => {
    const text = `Some words about this.\n\`\`\`ts\nconst answer = 42;\n\`\`\`\nOther words of no weight. The secret word is plugh. More words follow here.`;
    const result = await new ExtractiveCompressor().compress(text, { ...options, rate: 0.1, preserve: [/plugh/] });
    expect(result.text).toContain("```ts\nconst answer = 42;\n```");
    expect(result.text).toContain("The secret word is plugh.");
    expect(result.text).not.toContain("no weight");
    expect(result.warnings.join()).toContain("asked for");
  });

  it("gives each segment its own rate, and all others one budget", async () => {
    const filler = Array.from({ length: 20 }, (_value, row) => `Row ${row} is about topic ${row}.`).join("\n");
    const { segments } = await new ExtractiveCompressor().compress(
      [
        { kind: "context", text: filler, rate: 0.2 },
        { kind: "context", text: filler },
        { kind: "context", text: filler, compress: false },
      ],
      { ...options, rate: 0.6 },
    );
    const [first = 0, second = 0, third = 0] = segments.map(({ text }) => text.length / filler.length);
    expect(first).toBeLessThan(0.25);
    expect(second).toBeGreaterThan(0.5);
    expect(second).toBeLessThan(0.65);
    expect(third).toBe(1);
  });

  it("cuts scripts without blanks at their own full stops", async () => {
    const text = "猫は庭で眠る。犬は走る。鳥は空を飛ぶ。魚は川にいる。";
    const { text: short } = await new ExtractiveCompressor().compress(text, { ...options, rate: 0.5 });
    expect(
      text
        .split(/(?<=。)/)
        .filter((sentence) => short.includes(sentence))
        .join(""),
    ).toBe(short);
    expect(short.length).toBeGreaterThan(0);
  });

  class Direction extends Embeddings {
    constructor() {
      super({});
    }
    embedQuery(text: string): Promise<number[]> {
      return Promise.resolve([/harbour|ship/.test(text) ? 1 : 0, 1, text.length / 1_000]);
    }
    embedDocuments(texts: string[]): Promise<number[][]> {
      return Promise.all(texts.map((text) => this.embedQuery(text)));
    }
  }
  const embeddings = new Direction();

  it.each([["tfidf"], ["textrank"], [embeddings]] as const)("ranks by %s within the budget", async (ranker) => {
    const rows = Array.from({ length: 30 }, (_value, row) =>
      row === 17 ? "A ship waits in the harbour." : `Line ${row} of the same dull list.`,
    ).join("\n");
    const { text, stats } = await new ExtractiveCompressor({ ranker, neighbours: 0 }).compress(rows, {
      ...options,
      rate: 0.2,
      question: "Where is the ship?",
    });
    expect(text).toContain("A ship waits");
    expect(stats.ratio).toBeLessThanOrEqual(0.22);
    expect(rows.split("\n")).toEqual(expect.arrayContaining(text.trimEnd().split("\n")));
  });

  it.each([{ rate: 1.5 }, { neighbours: -1 }, { negationWeight: 11 }, { passageTokens: -1 }, { ranker: "magic" as never }])(
    "refuses %o",
    (wrong) => {
      expect(() => new ExtractiveCompressor(wrong)).toThrow(InvalidOptionError);
    },
  );
});
