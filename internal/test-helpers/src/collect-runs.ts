import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { isBaseMessage, type BaseMessage, type UsageMetadata } from "@langchain/core/messages";

/** A custom event, as `handleCustomEvent` got it. */
export interface CollectedEvent {
  readonly name: string;
  readonly data: unknown;
  readonly runId: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One run of a chain, model, tool or retriever. */
export interface CollectedRun {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly kind: "llm" | "chain" | "tool" | "retriever";
  readonly name: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The `invocation_params` of a model run. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The messages of the first prompt of a chat model run. */
  readonly input: readonly BaseMessage[];
  readonly state: "running" | "ended" | "failed";
  readonly error: unknown;
  /** The first generation's message. */
  readonly message: BaseMessage | undefined;
  /** A copy of that message's `usage_metadata`, taken at the end of the run. */
  readonly usage: UsageMetadata | undefined;
  /** Calls of handleLLMNewToken. */
  readonly tokens: number;
  /** A LangChain cache answered. */
  readonly cached: boolean;
  readonly events: readonly CollectedEvent[];
}

type MutableRun = { -readonly [Key in keyof CollectedRun]: CollectedRun[Key] };

/** A handler to pass in `callbacks`, and what it has seen. It is awaited, so nothing needs flushing. */
export interface RunCollector {
  readonly handler: BaseCallbackHandler;
  /** In order of their start. */
  readonly runs: readonly CollectedRun[];
  /** All custom events in order, those of unknown runs too. */
  readonly events: readonly CollectedEvent[];
  ofKind(kind: CollectedRun["kind"]): CollectedRun[];
  childrenOf(id: string): CollectedRun[];
  /** Ids from the run up to its root. */
  pathOf(id: string): string[];
  clear(): void;
}

/** Records starts, ends, errors and custom events of every run, with parents and usage. */
export function collectRuns(): RunCollector {
  const runs = new Map<string, MutableRun>();
  const events: CollectedEvent[] = [];
  return {
    handler: new CollectingHandler(runs, events),
    get runs() {
      return [...runs.values()];
    },
    events,
    ofKind: (kind) => [...runs.values()].filter((run) => run.kind === kind),
    childrenOf: (id) => [...runs.values()].filter((run) => run.parentId === id),
    pathOf(id) {
      const path: string[] = [];
      for (let at: string | undefined = id; at !== undefined; at = runs.get(at)?.parentId) path.push(at);
      return path;
    },
    clear() {
      runs.clear();
      events.length = 0;
    },
  };
}

type Handler = BaseCallbackHandler;
type Arguments<Name extends keyof Handler> = Parameters<NonNullable<Extract<Handler[Name], (...args: never[]) => unknown>>>;

class CollectingHandler extends BaseCallbackHandler {
  readonly name = "collect-runs";
  // Otherwise handlers are queued and the test reads too early.
  override awaitHandlers = true;
  readonly #runs: Map<string, MutableRun>;
  readonly #events: CollectedEvent[];

  constructor(runs: Map<string, MutableRun>, events: CollectedEvent[]) {
    super();
    this.#runs = runs;
    this.#events = events;
  }

  #start(id: string, kind: MutableRun["kind"], fields: Partial<MutableRun>): void {
    this.#runs.set(id, {
      id,
      parentId: undefined,
      kind,
      name: undefined,
      tags: [],
      metadata: {},
      params: {},
      input: [],
      state: "running",
      error: undefined,
      message: undefined,
      usage: undefined,
      tokens: 0,
      cached: false,
      events: [],
      ...fields,
    });
  }

  #end(id: string, fields: Partial<MutableRun> = {}): void {
    const run = this.#runs.get(id);
    if (run !== undefined) Object.assign(run, { state: "ended" }, fields);
  }

  override handleChatModelStart(...args: Arguments<"handleChatModelStart">): void {
    const [, messages, id, parentId, extra = {}, tags = [], metadata = {}, name] = args;
    const params = (extra["invocation_params"] ?? {}) as Record<string, unknown>;
    this.#start(id, "llm", { parentId, tags, metadata, name, params, input: messages[0] ?? [] });
  }

  override handleLLMStart(...args: Arguments<"handleLLMStart">): void {
    const [, , id, parentId, extra = {}, tags = [], metadata = {}, name] = args;
    const params = (extra["invocation_params"] ?? {}) as Record<string, unknown>;
    this.#start(id, "llm", { parentId, tags, metadata, name, params });
  }

  override handleLLMNewToken(...args: Arguments<"handleLLMNewToken">): void {
    const run = this.#runs.get(args[2]);
    if (run !== undefined) run.tokens += 1;
  }

  override handleLLMEnd(...args: Arguments<"handleLLMEnd">): void {
    const [output, id] = args;
    // The declarations stop before the fifth argument, in which the cache marks its answers.
    const extra = (args as readonly unknown[])[4] as { cached?: unknown } | undefined;
    const generation = output.generations[0]?.[0] as { message?: unknown } | undefined;
    const message = isBaseMessage(generation?.message) ? generation.message : undefined;
    const usage = (message as { usage_metadata?: UsageMetadata } | undefined)?.usage_metadata;
    // A copy, because a cache zeroes the object in place later.
    this.#end(id, { message, usage: usage && structuredClone(usage), cached: extra?.cached === true });
  }

  override handleLLMError(...args: Arguments<"handleLLMError">): void {
    this.#end(args[1], { state: "failed", error: args[0] });
  }

  override handleChainStart(...args: Arguments<"handleChainStart">): void {
    // The declared order is not the real one: (chain, inputs, runId, parentRunId, tags, metadata, runType, runName, extra).
    const [, , id, parentId, tags, metadata, , name] = args as readonly unknown[];
    this.#start(id as string, "chain", {
      parentId: parentId as string | undefined,
      tags: (tags ?? []) as string[],
      metadata: (metadata ?? {}) as Record<string, unknown>,
      name: name as string | undefined,
    });
  }

  override handleChainEnd(...args: Arguments<"handleChainEnd">): void {
    this.#end(args[1]);
  }

  override handleChainError(...args: Arguments<"handleChainError">): void {
    this.#end(args[1], { state: "failed", error: args[0] });
  }

  override handleToolStart(...args: Arguments<"handleToolStart">): void {
    const [, , id, parentId, tags = [], metadata = {}, name] = args;
    this.#start(id, "tool", { parentId, tags, metadata, name });
  }

  override handleToolEnd(...args: Arguments<"handleToolEnd">): void {
    this.#end(args[1]);
  }

  override handleToolError(...args: Arguments<"handleToolError">): void {
    this.#end(args[1], { state: "failed", error: args[0] });
  }

  override handleRetrieverStart(...args: Arguments<"handleRetrieverStart">): void {
    const [, , id, parentId, tags = [], metadata = {}, name] = args;
    this.#start(id, "retriever", { parentId, tags, metadata, name });
  }

  override handleRetrieverEnd(...args: Arguments<"handleRetrieverEnd">): void {
    this.#end(args[1]);
  }

  override handleRetrieverError(...args: Arguments<"handleRetrieverError">): void {
    this.#end(args[1], { state: "failed", error: args[0] });
  }

  override handleCustomEvent(...args: Arguments<"handleCustomEvent">): void {
    const [name, data, runId, tags = [], metadata = {}] = args;
    const event: CollectedEvent = { name, data: data as unknown, runId, tags, metadata };
    this.#events.push(event);
    const run = this.#runs.get(runId);
    if (run !== undefined) run.events = [...run.events, event];
  }
}
