import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallRecord, formatCallRecord, parseCallRecord, toLogMessage } from "./call-record.ts";

const record: CallRecord = {
  version: 1,
  id: "r1",
  at: 1_700_000_000_000,
  source: "test",
  kind: "llm",
  model: "gpt-4.1",
  usage: { inputTokens: 10, outputTokens: 2 },
  nanoUsd: null,
  status: "ok",
  messages: [{ role: "human", content: "hi" }],
  tags: ["a"],
};

describe("parseCallRecord", () => {
  it("reads what was written", () => {
    expect(parseCallRecord(formatCallRecord(record))).toEqual(record);
  });

  it("takes missing tags for none", () => {
    const { tags: _tags, ...rest } = record;
    expect(parseCallRecord(JSON.stringify(rest))).toMatchObject({ tags: [] });
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "not a JSON object"],
    [JSON.stringify({ ...record, version: 2 }), "newer"],
    [JSON.stringify({ ...record, version: undefined }), "`version`"],
    [JSON.stringify({ ...record, at: "now" }), "`at`"],
    [JSON.stringify({ ...record, kind: "chat" }), "`kind`"],
    [JSON.stringify({ ...record, status: "fine" }), "`status`"],
    [JSON.stringify({ ...record, usage: 3 }), "`usage`"],
    [JSON.stringify({ ...record, nanoUsd: 0.5 }), "`nanoUsd`"],
    [JSON.stringify({ ...record, messages: [{ role: "robot", content: "" }] }), "messages[0].role"],
    [JSON.stringify({ ...record, messages: [{ role: "ai", content: 5 }] }), "messages[0].content"],
  ])("says what is wrong with %s", (line, problem) => {
    expect(parseCallRecord(line)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => typeof parseCallRecord(line) === "object"));
  });
});

it("toLogMessage keeps roles, tool calls and content blocks", () => {
  expect(toLogMessage(new HumanMessage({ content: [{ type: "text", text: "hi" }], name: "Ada" }))).toEqual({
    role: "human",
    content: [{ type: "text", text: "hi" }],
    name: "Ada",
  });
  expect(toLogMessage(new AIMessage({ content: "", tool_calls: [{ id: "1", name: "find", args: { q: "x" } }] })).toolCalls).toEqual([
    { id: "1", name: "find", args: { q: "x" } },
  ]);
  expect(toLogMessage(new ToolMessage({ content: "done", tool_call_id: "1" }))).toMatchObject({ role: "tool", toolCallId: "1" });
});
