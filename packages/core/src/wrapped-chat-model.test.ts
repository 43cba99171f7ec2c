import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { FakeListChatModel, FakeStreamingChatModel } from "@langchain/core/utils/testing";
import { expect, it } from "vitest";
import { type Rebinding, WrappedChatModel } from "./wrapped-chat-model.ts";

/** Notes what it was rebuilt for, and counts its calls. */
class CountingChatModel extends WrappedChatModel {
  readonly calls: string[];

  constructor(inner: BaseChatModel, calls: string[]) {
    super(inner);
    this.calls = calls;
  }

  protected override wrap(model: BaseChatModel, { kind }: Rebinding): BaseChatModel {
    this.calls.push(`wrap:${kind}`);
    return new CountingChatModel(model, this.calls);
  }

  protected override wrapStructured(structured: Runnable<BaseLanguageModelInput, unknown>): Runnable<BaseLanguageModelInput, unknown> {
    this.calls.push("wrapStructured");
    return structured;
  }

  override async invoke(input: BaseLanguageModelInput, options?: object): Promise<AIMessageChunk> {
    this.calls.push("invoke");
    return this.inner.invoke(input, options);
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    return this.inner._generate(messages, options);
  }
}

/** Its structured output cannot be looked into. */
class LateChoosing extends FakeListChatModel {
  override withStructuredOutput: never = (() => ({ invoke: async () => ({ a: 1 }) })) as never;
}

it("shows the inner model as itself and keeps its secrets out of traces", () => {
  const inner = Object.assign(new FakeListChatModel({ responses: ["x"] }), { model: "fake-1", apiKey: "sk-secret" });
  const wrapped = new CountingChatModel(inner, []);
  expect(wrapped.model).toBe("fake-1");
  expect(wrapped.getName()).toBe(inner.getName());
  expect(wrapped._llmType()).toBe(inner._llmType());
  expect(wrapped.callKeys).toEqual(inner.callKeys);
  expect(wrapped.getLsParams({} as never)).toEqual(inner.getLsParams({} as never));
  expect(JSON.stringify(wrapped)).not.toContain("sk-secret");
});

it("stays around the model that withConfig and bindTools return", async () => {
  const calls: string[] = [];
  const wrapped = new CountingChatModel(new FakeStreamingChatModel({}), calls);
  await wrapped.withConfig({ tags: ["t"] }).invoke("Hi");
  const tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } };
  await wrapped.bindTools([tool]).invoke("Hi");
  expect(calls).toEqual(["wrap:config", "invoke", "wrap:tools", "invoke"]);
});

it("wraps structured output as a whole where the model inside is out of sight", () => {
  const calls: string[] = [];
  new CountingChatModel(new LateChoosing({ responses: ["x"] }), calls).withStructuredOutput({ type: "object", properties: {} });
  expect(calls).toEqual(["wrapStructured"]);
});

it("says which model has no bindTools()", () => {
  const inner = Object.assign(new FakeListChatModel({ responses: ["x"] }), { bindTools: undefined });
  expect(() => new CountingChatModel(inner as never, []).bindTools([])).toThrow(/has no bindTools\(\)/);
});
