import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { createPriceBook } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { type AnsweredCall, lostDetails } from "./lost-details.ts";

const prices = createPriceBook({ logger: false });

function lost(fields: Partial<Omit<AnsweredCall, "state">> & { messages?: HumanMessage[] } = {}): string[] {
  const { messages = [], ...rest } = fields;
  const state = { messages } as unknown as AnsweredCall["state"];
  const call = {
    model: {},
    message: new AIMessage("x"),
    usage: { inputTokens: 4_000, outputTokens: 10 },
    prices,
    at: Date.UTC(2026, 8, 1),
  };
  return lostDetails({ ...call, ...rest, state });
}

const audio = { type: "audio", mimeType: "audio/wav", data: "" };
const heard = (content: object[]): HumanMessage[] => [new HumanMessage({ content: content as never })];

describe("lostDetails", () => {
  const groq = { provider: "groq", served: "openai/gpt-oss-120b" };

  it("doubts a Groq answer only where the model has a cache rate and Groq's own usage is gone", () => {
    expect(lost({ model: groq })).toEqual(["cache-reads-not-reported"]);
    expect(lost({ model: { provider: "groq", served: "llama-3.3-70b-versatile" } })).toEqual([]);
    expect(lost({ model: groq, usage: { inputTokens: 4_000, cacheReadTokens: 0 } })).toEqual([]);
    for (const response_metadata of [{ usage: { prompt_tokens: 4_000 } }, { x_groq: { usage: { prompt_tokens: 4_000 } } }]) {
      expect(lost({ model: groq, message: new AIMessage({ content: "x", response_metadata }) })).toEqual([]);
    }
  });

  it("doubts every Mistral answer, and none of a client that says what was cached", () => {
    expect(lost({ model: { provider: "mistral", served: "mistral-small-latest" } })).toEqual(["cache-reads-not-reported"]);
    expect(lost({ model: { provider: "openai", served: "gpt-4.1" } })).toEqual([]);
    expect(lost({ model: { served: "gpt-4.1" } })).toEqual([]);
  });

  it("doubts audio that is in the messages, not in the usage, and has a rate of its own", () => {
    const gemini = { provider: "google_genai", served: "gemini-2.5-flash" };
    const blocks = [
      audio,
      { type: "input_audio", input_audio: {} },
      { type: "media", mimeType: "audio/mp3", data: "" },
      { inlineData: { mimeType: "audio/ogg" } },
    ];
    for (const block of blocks) expect(lost({ model: gemini, messages: heard([block]) })).toEqual(["audio-tokens-not-reported"]);
    expect(lost({ model: gemini, messages: heard([{ type: "media", mimeType: "image/png", data: "" }]) })).toEqual([]);
    expect(lost({ model: gemini, messages: heard([audio]), usage: { inputTokens: 9, inputAudioTokens: 5 } })).toEqual([]);
    // Audio costs there what text costs.
    expect(lost({ model: { provider: "google_genai", served: "gemini-2.5-pro" }, messages: heard([audio]) })).toEqual([]);
  });

  it("doubts spoken answers too", () => {
    const message = new AIMessage({ content: [audio as never] });
    expect(lost({ model: { provider: "openai", served: "gpt-4o-audio-preview" }, message })).toEqual(["audio-tokens-not-reported"]);
  });
});
