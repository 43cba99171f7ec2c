import { RunnableLambda } from "@langchain/core/runnables";
import { InvalidOptionError, SAVINGS_EVENT } from "@langthrift/core";
import { collectRuns } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import { ASKED, PARAPHRASE, testCache } from "../__fixtures__/questions.ts";
import { CachedRunnable } from "./cached-runnable.ts";

interface Ask {
  readonly question: string;
  readonly version: number;
}

function rag(cache = testCache()) {
  let calls = 0;
  const inner = RunnableLambda.from(({ question, version }: Ask) => {
    calls += 1;
    return { answer: `about ${question}`, version, call: calls };
  });
  const chain = new CachedRunnable({
    inner,
    cache,
    name: "rag",
    queryText: (input: Ask) => input.question,
    tags: (input) => [`v${input.version}`],
  });
  return { cache, chain, calls: () => calls };
}

describe("CachedRunnable", () => {
  it("answers a whole chain, with all other fields of the input equal", async () => {
    const { chain, calls } = rag();
    const first = await chain.invoke({ question: ASKED, version: 1 });
    expect(await chain.invoke({ question: PARAPHRASE, version: 1 })).toEqual(first);
    await chain.invoke({ question: PARAPHRASE, version: 2 });
    expect(calls()).toBe(2);
  });

  it("forgets by the tag of a document's version, and gives each caller a copy", async () => {
    const { cache, chain, calls } = rag();
    const first = await chain.invoke({ question: ASKED, version: 1 });
    const second = await chain.invoke({ question: ASKED, version: 1 });
    (second as { answer: string }).answer = "changed";
    expect((await chain.invoke({ question: ASKED, version: 1 })).answer).toBe(first.answer);
    expect(await cache.invalidate({ tags: ["v1"] })).toBe(1);
    await chain.invoke({ question: ASKED, version: 1 });
    expect(calls()).toBe(2);
  });

  it("is one chain run on a hit, under which its events are sent; works in batch and stream", async () => {
    const { chain, calls } = rag();
    const input = { question: ASKED, version: 1 };
    await chain.batch([input, input, input]);
    expect(calls()).toBe(1);
    const runs = collectRuns();
    await chain.invoke(input, { callbacks: [runs.handler] });
    expect(runs.runs.map(({ name, state }) => [name, state])).toEqual([["rag", "ended"]]);
    expect(runs.events.map(({ name, runId }) => [name, runId])).toContainEqual([SAVINGS_EVENT, runs.runs[0]?.id]);
    const pieces = [];
    for await (const piece of await chain.stream(input)) pieces.push(piece);
    expect(pieces).toHaveLength(1);
    expect(calls()).toBe(1);
  });

  it("needs a name", () => {
    const { cache } = rag();
    expect(() => new CachedRunnable({ inner: RunnableLambda.from((x: string) => x), cache, name: "", queryText: (x) => x })).toThrow(
      InvalidOptionError,
    );
  });
});
