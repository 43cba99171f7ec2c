import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { fakeClock } from "@langthrift/test-helpers";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { byWord, twoModels } from "../__fixtures__/two-models.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import { createModelRouter, type ModelRouter } from "../model-router.ts";
import type { ModelRouterOptions } from "../model-router-options.ts";
import type { CandidateView, RoutingPolicy } from "../routing-policy.ts";
import { type StickyOptions, switchPays } from "./sticky.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const router = (sticky: StickyOptions = {}, options: Partial<ModelRouterOptions> = {}): ModelRouter =>
  createModelRouter({ candidates: twoModels(server), policy: byWord, logger: false, sticky: { scope: "session", ...sticky }, ...options });
const thread = (id: string, tenant?: string) => ({ configurable: { thread_id: id, ...(tenant !== undefined && { tenant }) } });
const served = async (model: ModelRouter, task: string, config?: object) => routingMark(await model.invoke(task, config))?.model;

describe("sticky in a session", () => {
  it("keeps an upgrade for the thread where going back would not pay or is not wanted, and other threads apart", async () => {
    const model = router({ upgradeOnly: true });
    expect(await served(model, "easy", thread("a"))).toBe("cheap");
    expect(await served(model, "hard", thread("a"))).toBe("strong");
    expect(await served(model, "easy", thread("a"))).toBe("strong");
    expect(await served(model, "easy", thread("b"))).toBe("cheap");
  });

  it("does not ask the policy where it could not change anything: upgrade-only, and at the strongest", async () => {
    let asked = 0;
    const policy: RoutingPolicy = {
      ...byWord,
      decide(context, eligible) {
        asked += 1;
        return byWord.decide(context, eligible);
      },
    };
    const model = router({ upgradeOnly: true }, { policy });
    await served(model, "hard", thread("a"));
    await served(model, "easy", thread("a"));
    expect(asked).toBe(1);
    await served(model, "easy", thread("b"));
    expect(await served(model, "hard", thread("b"))).toBe("strong");
    expect(asked).toBe(3);
  });

  it("lets no pin cross tenants, though their threads have one name", async () => {
    const model = router({ upgradeOnly: true });
    await served(model, "hard", thread("1", "acme"));
    expect(await served(model, "easy", thread("1", "globex"))).toBe("cheap");
    expect(await served(model, "easy", thread("1", "acme"))).toBe("strong");
  });

  it("goes down at once where it pays: the dear model is ten times the price and nothing is cached", async () => {
    const model = router();
    await served(model, "hard", thread("a"));
    expect(await served(model, "easy", thread("a"))).toBe("cheap");
  });

  it("stays with the session's model when the policy abstains, instead of jumping to the default", async () => {
    const model = router(
      {},
      {
        policy: {
          name: "sometimes",
          decide: ({ task }) =>
            task.includes("easy") ? { kind: "pick", model: "cheap", reason: "easy" } : { kind: "abstain", reason: "no signal" },
        },
      },
    );
    expect(await served(model, "easy", thread("a"))).toBe("cheap");
    expect(await served(model, "and now?", thread("a"))).toBe("cheap");
    expect(await served(model, "and now?", thread("new"))).toBe("strong");
  });

  it("forgets after its ttl, which every use renews", async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1));
    const model = router({ upgradeOnly: true, ttlMs: 1000 }, { clock });
    await served(model, "hard", thread("a"));
    clock.advance(900);
    expect(await served(model, "easy", thread("a"))).toBe("strong");
    clock.advance(900);
    expect(await served(model, "easy", thread("a"))).toBe("strong");
    clock.advance(1001);
    expect(await served(model, "easy", thread("a"))).toBe("cheap");
  });

  it("survives a restart through the store", async () => {
    const store = memoryRouterStore();
    await served(router({ upgradeOnly: true }, { store }), "hard", thread("a"));
    expect(await served(router({ upgradeOnly: true }, { store }), "easy", thread("a"))).toBe("strong");
  });

  it("knows a conversation without a thread by its opening", async () => {
    const model = router({ upgradeOnly: true });
    const opening = [new SystemMessage("s"), new HumanMessage("hard")];
    await model.invoke(opening);
    const next = await model.invoke([...opening, new AIMessage("ok"), new HumanMessage("easy")]);
    expect(routingMark(next)).toMatchObject({ model: "strong", sticky: true });
    const other = await model.invoke([new SystemMessage("t"), new HumanMessage("hard"), new AIMessage("ok"), new HumanMessage("easy")]);
    expect(routingMark(other)?.model).toBe("cheap");
  });

  it("pins no fallback: once the chosen one is back, it answers again", async () => {
    const model = router({ upgradeOnly: true });
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 500 } });
    expect(await served(model, "easy", thread("a"))).toBe("strong");
    expect(await served(model, "easy", thread("a"))).toBe("cheap");
  });

  it("pins no escalation: the stronger model that broke a stall is for that task only", async () => {
    const model = router({ upgradeOnly: true });
    const opening = new HumanMessage("easy");
    const first = await model.invoke([opening], thread("a"));
    const { router: mark } = first.response_metadata as { router: object };
    const stalled: BaseMessage[] = [opening];
    for (let call = 0; call < 3; call += 1) {
      const id = `call_${call}`;
      stalled.push(
        new AIMessage({ content: "", tool_calls: [{ name: "look", args: { at: "same" }, id }], response_metadata: { router: mark } }),
        new ToolMessage({ content: "nothing", tool_call_id: id }),
      );
    }
    expect(routingMark(await model.invoke(stalled, thread("a")))).toMatchObject({ model: "strong", reason: "stalled: one tier up" });
    expect(await served(model, "easy", thread("a"))).toBe("cheap");
  });

  it("decides without a pin when the store or the key fails", async () => {
    const down = async (): Promise<never> => {
      throw new Error("store down");
    };
    const broken = router({}, { store: { get: down, set: down, delete: down, add: down } });
    expect(await served(broken, "hard", thread("a"))).toBe("strong");
    expect(await served(broken, "easy", thread("a"))).toBe("cheap");
    const key = (): never => {
      throw new Error("bad key");
    };
    expect(await served(router({ key }), "easy", thread("a"))).toBe("cheap");
  });
});

describe("switchPays", () => {
  /** $ a million: input, cached input, output. */
  const priced = (input: number, cached: number, output: number): CandidateView =>
    ({
      name: "x",
      tier: 0,
      capabilities: {},
      priceOf: ({
        inputTokens,
        cacheReadTokens = 0,
        outputTokens,
      }: {
        inputTokens: number;
        cacheReadTokens?: number;
        outputTokens: number;
      }) => (inputTokens - cacheReadTokens) * input + cacheReadTokens * cached + outputTokens * output,
    }) as unknown as CandidateView;
  const dear = priced(3, 0.3, 15);
  const cheap = priced(1, 0.1, 5);

  it("weighs the lost prompt cache against the lower price", () => {
    // Warm at the dear one: 20,000 × .3 + 100 × 3 + 100 × 15 = 7,800; cold at the cheap one: 20,100 × 1 + 100 × 5 = 20,600.
    const long = { cachedTokens: 20_000, freshTokens: 100, outputTokens: 100 };
    expect(switchPays(dear, cheap, long)).toBe(false);
    // Over three calls: 23,400 against 20,600 + 2 × 2,600 = 25,800; over four 31,200 against 28,400.
    expect(switchPays(dear, cheap, { ...long, callsToCome: 3 })).toBe(false);
    expect(switchPays(dear, cheap, { ...long, callsToCome: 4 })).toBe(true);
    expect(switchPays(dear, cheap, { cachedTokens: 0, freshTokens: 100, outputTokens: 100 })).toBe(true);
  });
});
