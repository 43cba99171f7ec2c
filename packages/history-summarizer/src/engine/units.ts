import type { BaseMessage } from "@langchain/core/messages";
import { toolCallIdOf, toolCallsOf } from "../text/message-text.ts";

/** Where a history may be cut. */
export interface CutPoints {
  /**
   * For each position from..n: the latest position at or before it that starts a human turn and splits no tool group.
   * 0 where there is none after `from`.
   */
  readonly human: readonly number[];
  /** The same, and between the tool groups of a turn. */
  readonly group: readonly number[];
}

/**
 * An AI message and all its tool results are one unit, at any distance. A call without its result keeps everything from it on.
 * Linear in the messages.
 */
export function cutPointsOf(messages: readonly BaseMessage[], from: number = 0): CutPoints {
  const count = messages.length;
  const lastResult = new Map<string, number>();
  for (let index = from; index < count; index += 1) {
    const id = toolCallIdOf(messages[index] as BaseMessage);
    if (id !== undefined) lastResult.set(id, index);
  }
  const human: number[] = Array.from({ length: count + 1 }, () => 0);
  const group: number[] = Array.from({ length: count + 1 }, () => 0);
  let openUntil = 0;
  for (let index = from; index < count; index += 1) {
    const message = messages[index] as BaseMessage;
    const free = index >= openUntil;
    const startsTurn = free && message.getType() === "human";
    const startsGroup = free && message.getType() === "ai" && messages[index - 1]?.getType() === "tool";
    human[index] = startsTurn ? index : (human[index - 1] ?? 0);
    group[index] = startsTurn || startsGroup ? index : (group[index - 1] ?? 0);
    for (const { id } of toolCallsOf(message)) {
      const result = id === undefined ? undefined : lastResult.get(id);
      openUntil = Math.max(openUntil, result !== undefined && result > index ? result + 1 : Number.POSITIVE_INFINITY);
    }
  }
  human[count] = human[count - 1] ?? 0;
  group[count] = group[count - 1] ?? 0;
  return { human, group };
}
