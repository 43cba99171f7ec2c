import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { expect, it } from "vitest";
import { inputMessages } from "./input-messages.ts";

it("takes every form of input that a chat model takes", async () => {
  const seen = (input: Parameters<typeof inputMessages>[0]) => inputMessages(input).map((message) => [message.getType(), message.content]);
  expect(seen("hi")).toEqual([["human", "hi"]]);
  expect(seen([new SystemMessage("s"), ["user", "q"], "t"])).toEqual([
    ["system", "s"],
    ["human", "q"],
    ["human", "t"],
  ]);
  expect(seen(await ChatPromptTemplate.fromMessages([["system", "s"], new HumanMessage("q")]).invoke({}))).toEqual([
    ["system", "s"],
    ["human", "q"],
  ]);
});
