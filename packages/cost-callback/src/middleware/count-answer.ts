import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { cacheMark, modelFromRun, usageFromMessage } from "@langthrift/core";
import { randomUUID } from "node:crypto";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import { parentRunId } from "../metering/with-handler.ts";
import type { RunStart } from "../recorder-types.ts";
import type { ModelCallScope } from "./model-call-scope.ts";
import { surroundingConfig } from "./run-in-scope.ts";

/** What came back from the middlewares below. */
export interface ReturnedAnswer {
  readonly costs: CostCallbackHandler;
  readonly scope: ModelCallScope;
  /** What the handler returned: a message, a structured response with its messages, or a command. */
  readonly returned: unknown;
  /** What was sent. */
  readonly messages: readonly BaseMessage[];
  /** How long it took, in ms. */
  readonly elapsedMs: number;
}

/**
 * Counts an answer of which no run told: a middleware got it from elsewhere, a cache or a client of its own. A text without usage, model and
 * mark is the application's own, and an answer that was sent along has been counted.
 */
export async function countAnswer({ costs, scope, returned, messages, elapsedMs }: ReturnedAnswer): Promise<void> {
  const answer = answerOf(returned);
  if (!answer || scope.heardOf(answer) || !isProviders(answer) || isKnown(answer, messages)) return;
  const config = surroundingConfig();
  const manager = config?.callbacks instanceof CallbackManager ? config.callbacks : undefined;
  const start: RunStart = {
    id: randomUUID(),
    parentId: parentRunId(config?.callbacks),
    kind: "llm",
    tags: [...new Set([...(manager?.tags ?? []), ...(config?.tags ?? [])])],
    metadata: { ...manager?.metadata, ...config?.metadata },
    llm: { messages },
    elapsedMs,
  };
  const { recorder } = costs;
  scope.begun(start);
  scope.ended(answer);
  recorder.begin(start);
  await recorder.end(start.id, { generations: [[{ text: "", message: answer } as never]] }, false);
}

function answerOf(returned: unknown): AIMessage | undefined {
  if (AIMessage.isInstance(returned)) return returned;
  const { messages } = (returned ?? {}) as { readonly messages?: unknown };
  return Array.isArray(messages) ? (messages.findLast((message) => AIMessage.isInstance(message)) as AIMessage | undefined) : undefined;
}

function isProviders(answer: AIMessage): boolean {
  return usageFromMessage(answer) !== null || cacheMark(answer) !== undefined || modelFromRun({ message: answer }).served !== undefined;
}

function isKnown(answer: AIMessage, messages: readonly BaseMessage[]): boolean {
  return messages.some((message) => message === answer || (message.id !== undefined && message.id === answer.id));
}
