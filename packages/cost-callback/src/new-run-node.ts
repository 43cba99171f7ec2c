import { type Clock, OVERHEAD_TAG } from "@langthrift/core";
import type { RunStart } from "./recorder-types.ts";
import type { LlmState, RunNode } from "./run-node.ts";

/** The node of a run that begins. A model call marks the calls above it as wrappers of itself. */
export function newRunNode(
  { id, parentId, kind, name, tags = [], metadata = {}, llm, elapsedMs = 0 }: RunStart,
  parent: RunNode | undefined,
  clock: Clock,
): RunNode {
  const startedAt = clock.monotonic() - elapsedMs;
  const state: LlmState | undefined = llm && {
    messages: llm.messages ?? [],
    prompts: llm.prompts ?? [],
    extraParams: llm.extraParams ?? {},
    serialized: llm.serialized,
    attempt: (parent?.failedCall?.attempt ?? 0) + 1,
    retryOf: parent?.failedCall?.id,
    hasInner: false,
    text: "",
    streamed: false,
    firstTokenAt: undefined,
    lastSeenAt: startedAt + elapsedMs,
    chunkUsage: undefined,
    stopListening: undefined,
  };
  // A strategy's own call (a judge, a summary) is not the call that its wrapper stands for.
  if (state && !tags.includes(OVERHEAD_TAG)) for (let above = parent; above; above = above.parent) if (above.llm) above.llm.hasInner = true;
  return {
    id,
    parentId,
    parent,
    rootId: parent?.rootId ?? parentId ?? id,
    kind,
    name,
    tags,
    metadata,
    at: clock.now() - Math.round(elapsedMs),
    startedAt,
    cost: { calls: 0, spent: 0, avoided: 0, unknown: 0 },
    llm: state,
    failedCall: undefined,
  };
}
