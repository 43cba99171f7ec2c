import { AIMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { cacheMark, routingMark } from "./marks.ts";
import { modelFromRun } from "./model-from-run.ts";

const marked = (response_metadata: Record<string, unknown>) => new AIMessage({ content: "", response_metadata });

describe("cacheMark", () => {
  it("reads a mark and its usage", () => {
    const mark = { kind: "semantic", entryId: "e", decisionId: "d", similarity: 0.9, savedUsage: { inputTokens: 5, outputTokens: 1 } };
    expect(cacheMark(marked({ semanticCache: mark }))).toEqual(mark);
    expect(cacheMark(marked({ semanticCache: { ...mark, savedUsage: null } }))?.savedUsage).toBeNull();
  });

  it.each([
    {},
    { semanticCache: true },
    { semanticCache: { kind: "free", entryId: "e", decisionId: "d" } },
    { semanticCache: { kind: "exact" } },
  ])("takes %o for none", (metadata) => {
    expect(cacheMark(marked(metadata))).toBeUndefined();
  });
});

it("routingMark needs the fields that others rely on", () => {
  const mark = { id: "1", model: "cheap", policy: "heuristic", reason: "short", latencyMs: 0.1 };
  expect(routingMark(marked({ router: mark }))).toEqual(mark);
  expect(routingMark(marked({ router: { ...mark, model: "" } }))).toBeUndefined();
});

describe("modelFromRun", () => {
  it("keeps requested and served apart, and a served tier before a requested one", () => {
    expect(
      modelFromRun({
        message: marked({ model_name: "gpt-4.1-2025-04-14", service_tier: "standard" }),
        metadata: { ls_model_name: "gpt-4.1", ls_provider: "openai" },
        extraParams: { invocation_params: { model: "x", service_tier: "flex" } },
      }),
    ).toEqual({ provider: "openai", requested: "gpt-4.1", served: "gpt-4.1-2025-04-14", tier: "default" });
  });

  it("finds Anthropic's names, and says nothing where nothing is known", () => {
    expect(modelFromRun({ message: marked({ model: "claude-sonnet-4-5" }) })).toEqual({ served: "claude-sonnet-4-5" });
    expect(modelFromRun({})).toEqual({});
  });
});
