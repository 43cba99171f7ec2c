import { type RoutingDecision, routingMark } from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { PolicyOverhead } from "./routing-policy.ts";

/** What a policy sees of a request. */
export interface RouteContext {
  readonly messages: readonly BaseMessage[];
  /** The text of the last human message, without `<system-reminder>` parts. */
  readonly task: string;
  /** Names of the tools bound to the call. */
  readonly toolNames: readonly string[];
  /** Whether an image stands anywhere in the history. */
  readonly hasImages: boolean;
  readonly inputTokens: number;
  /** Model calls since the last human message: 0 at the first step of a task. */
  readonly step: number;
  /** The router's mark on the last AI message. It may be forged: check its name. */
  readonly previous?: RoutingDecision;
  /** The call's; a policy's own model runs with it are children of the router's run. */
  readonly config?: RunnableConfig;
  /** Tells the router of a model call that the policy made: it is priced, counted against the budget and sent as an overhead event. */
  readonly onOverhead?: (overhead: PolicyOverhead) => void;
}

/** What a request is made of. */
export interface RouteContextInput {
  readonly messages: readonly BaseMessage[];
  readonly toolNames?: readonly string[];
  readonly inputTokens?: number;
  readonly config?: RunnableConfig;
  readonly onOverhead?: (overhead: PolicyOverhead) => void;
}

/** What a policy sees of a request; for tests and for policies that are used outside of a router. */
export function createRouteContext({ messages, toolNames = [], inputTokens = 0, config, onOverhead }: RouteContextInput): RouteContext {
  let task = "";
  let step = 0;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message?.type === "ai") step += 1;
    if (message?.type !== "human") continue;
    task = stripReminders(textOf(message));
    break;
  }
  const previous = lastMark(messages);
  return {
    messages,
    task,
    toolNames,
    hasImages: messages.some(hasImage),
    inputTokens,
    step,
    ...(previous && { previous }),
    ...(config && { config }),
    ...(onOverhead && { onOverhead }),
  };
}

/** The text of a message, its blocks joined by line breaks. */
export function textOf(message: BaseMessage): string {
  if (typeof message.content === "string") return message.content;
  const parts: string[] = [];
  for (const block of message.content) {
    const text = (block as { text?: unknown }).text;
    if (typeof text === "string") parts.push(text);
  }
  return parts.join("\n");
}

function stripReminders(text: string): string {
  return text.includes("<system-reminder>") ? text.replace(/<system-reminder>[\s\S]*?(?:<\/system-reminder>|$)/g, " ").trim() : text.trim();
}

function hasImage(message: BaseMessage): boolean {
  if (typeof message.content === "string") return false;
  return message.content.some((block) => {
    const { type, mime_type: mimeType } = block as { type?: unknown; mime_type?: unknown };
    return (typeof type === "string" && type.includes("image")) || (typeof mimeType === "string" && mimeType.startsWith("image/"));
  });
}

function lastMark(messages: readonly BaseMessage[]): RoutingDecision | undefined {
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message?.type === "ai") return routingMark(message);
  }
  return undefined;
}
