import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { nanoUsd } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ai, chat, human, scriptedSummarizer } from "../__fixtures__/histories.ts";
import { ExtractiveSummarizer } from "../summarizers/extractive-summarizer.ts";
import { pinRules } from "./pins.ts";
import { chunksOf, summarize } from "./summarize.ts";
import { summaryText } from "./summary-message.ts";
import { SummaryRejectedError } from "./summary-rejected-error.ts";

const messages = chat(20);
const whole = { messages, from: 0, to: 30 };

describe("summarize", () => {
  it("says what it covers and what it cost", async () => {
    const summary = await summarize(
      { ...whole, priceOf: ({ inputTokens = 0 }) => nanoUsd(inputTokens), clock: { now: () => 7 } },
      scriptedSummarizer(),
    );
    expect(summary).toMatchObject({
      version: 1,
      text: "summary 1",
      coveredCount: 30,
      coveredUpTo: "m29",
      model: "scripted",
      nanoUsd: 100,
      createdAt: 7,
    });
    expect(summary.coveredHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("extends the old summary, which is never among the messages", async () => {
    const summarizer = scriptedSummarizer();
    const first = await summarize({ ...whole, to: 20 }, summarizer);
    const second = await summarize({ ...whole, from: 20, previous: first }, summarizer);
    expect(summarizer.requests[1]).toMatchObject({ previous: "summary 1" });
    expect(summarizer.requests[1]?.messages).toEqual(messages.slice(20, 30));
    expect(second).toMatchObject({ version: 2, text: "summary 2", coveredCount: 30 });
  });

  it.each([
    ["empty", "", "empty"],
    ["blank", " \n ", "empty"],
    ["ten times too long", "word ".repeat(2400), "too-long"],
  ])("refuses an answer that is %s", async (_, answer, reason) => {
    const refused = summarize(
      whole,
      scriptedSummarizer(() => answer),
    );
    await expect(refused).rejects.toThrow(SummaryRejectedError);
    await expect(refused).rejects.toMatchObject({ reason });
  });

  it("refuses an answer that is not under half of what it replaces", async () => {
    await expect(
      summarize(
        { messages, from: 0, to: 2 },
        scriptedSummarizer(() => "x".repeat(500)),
      ),
    ).rejects.toMatchObject({ reason: "not-shorter" });
  });

  it("adds pinned facts that the answer lost, and keeps them over later summaries", async () => {
    const said = [human("Write to ann@example.com about order AB-1234, $99.50."), ai("Noted."), ...chat(10)];
    const pin = [pinRules.emails, pinRules.identifiers, pinRules.amounts];
    const first = await summarize(
      { messages: said, from: 0, to: 12, pin },
      scriptedSummarizer(() => "They spoke of AB-1234."),
    );
    expect(summaryText(first)).toContain("- email: ann@example.com");
    expect(summaryText(first)).toContain("- amount: $99.50");
    // Already in the text.
    expect(summaryText(first)).not.toContain("- id: AB-1234");
    const second = await summarize(
      { messages: said, from: 12, to: 22, previous: first, pin },
      scriptedSummarizer(() => "Nothing left."),
    );
    expect(second.facts.map(({ text }) => text)).toEqual(["ann@example.com", "AB-1234", "$99.50"]);
    expect(summaryText(second)).toContain("- id: AB-1234");
  });

  it("caps the facts, the newest first", async () => {
    const said: BaseMessage[] = Array.from({ length: 200 }, (_, at) => human(`mail person-${at}@example.com`));
    const { facts, tokens } = await summarize({ messages: said, from: 0, to: 200, pin: [pinRules.emails] }, scriptedSummarizer());
    expect(tokens).toBeLessThan(220);
    expect(facts.at(-1)?.text).toBe("person-199@example.com");
    expect(facts.length).toBeLessThan(40);
  });

  it("shows every part of an oversize history once and in order, and carries the summary along", async () => {
    const summarizer = Object.assign(scriptedSummarizer(), { contextTokens: 2000 });
    const long = chat(100);
    const summary = await summarize({ messages: long, from: 0, to: 180 }, summarizer);
    expect(summarizer.requests.length).toBeGreaterThan(3);
    expect(summarizer.requests.flatMap((request) => request.messages)).toEqual(long.slice(0, 180));
    expect(summarizer.requests.map(({ previous }) => previous)).toEqual([
      undefined,
      ...summarizer.requests.slice(1).map((_, at) => `summary ${at + 1}`),
    ]);
    for (const request of summarizer.requests) expect(request.messages[0]?.getType()).toBe("human");
    expect(summary).toMatchObject({ text: `summary ${summarizer.requests.length}`, version: 1 });
  });

  it("cuts into parts that fit and lose nothing", () => {
    const message = fc.record({ text: fc.string({ maxLength: 300 }), human: fc.boolean() });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 30 }), fc.integer({ min: 120, max: 400 }), (said, contextTokens) => {
        const list = said.map(({ text, human: asks }) => (asks ? human(text) : ai(text)));
        const count = (text: string) => Math.ceil(text.length / 4);
        const parts = chunksOf(list, contextTokens, 20, count);
        const seen = parts
          .flat()
          .map((part) => String(part.content))
          .join("");
        for (const { text } of said) expect(seen).toContain(text.slice(0, 10));
        expect(seen.length).toBeGreaterThanOrEqual(said.reduce((sum, { text }) => sum + text.length, 0));
        for (const part of parts)
          expect(part.reduce((sum, { content }) => sum + count(String(content)), 0)).toBeLessThanOrEqual(contextTokens * 0.7);
      }),
    );
  });
});

describe("ExtractiveSummarizer", () => {
  it("keeps facts over small talk, in order, with their speakers, within the limit", async () => {
    const said = [
      human("Hey there! How are you? The invoice 4711 from March 3 is still open."),
      ai("Oh wow, great to hear from you! Dr. Keller approved 1,250 euros on Friday."),
      human("Ok. Thanks so much!"),
    ];
    const { text } = await new ExtractiveSummarizer().summarize({ messages: said, maxTokens: 36, pins: [] });
    expect(text).toBe("User: The invoice 4711 from March 3 is still open.\nAssistant: Dr. Keller approved 1,250 euros on Friday.");
  });

  it("never exceeds its limit and never fails", async () => {
    const summarizer = new ExtractiveSummarizer();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 100 }),
        async (texts, maxTokens) => {
          const { text } = await summarizer.summarize({ messages: texts.map((said) => human(said)), maxTokens, pins: [] });
          // A blank is the most that escaping and joining may add a sentence.
          expect(Math.ceil(text.replaceAll("&lt;", "<").length / 4)).toBeLessThanOrEqual(maxTokens + 1);
        },
      ),
    );
  });

  it("names what is not text", async () => {
    const picture = new HumanMessage({
      content: [
        { type: "text", text: "The receipt of May 4:" },
        { type: "image_url", image_url: { url: "data:," } },
      ],
    });
    const { text } = await new ExtractiveSummarizer().summarize({ messages: [picture, ai("")], maxTokens: 50, pins: [] });
    expect(text).toContain("[image]");
  });
});
