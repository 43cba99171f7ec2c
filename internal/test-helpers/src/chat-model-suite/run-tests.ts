import { RunnableLambda, RunnableSequence } from "@langchain/core/runnables";
import { collectRuns } from "../collect-runs.ts";
import { freshQuestion } from "./fresh-question.ts";
import { billed, collect, type SuiteKit } from "./suite-kit.ts";

/** What callbacks see. */
export function runTests({ check, expect, model, server, answered, streamsInParts }: SuiteKit): void {
  for (const kind of ["invoke", "stream", "batch"] as const) {
    check(`callbacks: ${kind} shows exactly one model run for each request, with its usage`, async () => {
      const one = await model();
      const seen = collectRuns();
      const config = { callbacks: [seen.handler] };
      if (kind === "invoke") await one.invoke(freshQuestion(), config);
      if (kind === "stream") await collect(await one.stream(freshQuestion(), config));
      if (kind === "batch") await one.batch([freshQuestion(), freshQuestion()], config);
      const runs = seen.ofKind("llm");
      expect(runs.map(({ state }) => state)).toEqual(answered().map(() => "ended"));
      const total = (usages: readonly ({ total_tokens: number } | undefined)[]) =>
        usages.reduce((sum, usage) => sum + (usage?.total_tokens ?? 0), 0);
      expect(total(runs.map(({ usage }) => usage))).toBe(total(answered().map(billed)));
      if (kind === "stream" && streamsInParts) expect(runs[0]?.tokens ?? 0).toBeGreaterThan(1);
    });
  }

  check("callbacks: a run of the model shows the model's name and provider", async () => {
    const seen = collectRuns();
    await (await model()).invoke(freshQuestion(), { callbacks: [seen.handler] });
    const [run] = seen.ofKind("llm");
    expect(run?.metadata).toMatchObject({ ls_provider: "openai", ls_model_type: "chat" });
    expect(run?.metadata["ls_model_name"]).toBe(answered()[0]?.request.model);
    expect(run?.input.at(-1)?.text).toBe(answered()[0]?.request.text);
  });

  check("callbacks: an error ends the run as failed", async () => {
    server().reply({ answer: { status: 400 } });
    const one = await model();
    const seen = collectRuns();
    await expect(one.invoke(freshQuestion(), { callbacks: [seen.handler] })).rejects.toThrow();
    const runs = seen.ofKind("llm");
    expect(runs.length).toBeGreaterThan(0);
    expect(runs.every(({ state }) => state === "failed")).toBe(true);
  });

  check("config: tags, metadata and run name of a call reach the top run, tags and metadata the model run too", async () => {
    const one = await model();
    const seen = collectRuns();
    await one.invoke(freshQuestion(), { callbacks: [seen.handler], tags: ["from-call"], metadata: { tenant: "acme" }, runName: "MyCall" });
    const [top] = seen.runs;
    const [run] = seen.ofKind("llm");
    expect(top?.name).toBe("MyCall");
    for (const shown of [top, run]) {
      expect(shown?.tags).toContain("from-call");
      expect(shown?.metadata).toMatchObject({ tenant: "acme" });
    }
  });

  check("config: tags and metadata bound with withConfig reach the model run", async () => {
    const one = (await model()).withConfig({ tags: ["bound"], metadata: { team: "red" } } as never);
    const seen = collectRuns();
    await one.invoke(freshQuestion(), { callbacks: [seen.handler] });
    const [run] = seen.ofKind("llm");
    expect(run?.tags).toContain("bound");
    expect(run?.metadata).toMatchObject({ team: "red" });
  });

  check("config: in a chain the model's runs are below the chain's", async () => {
    const chain = RunnableSequence.from([RunnableLambda.from((question: string) => question), await model()]);
    const seen = collectRuns();
    await chain.invoke(freshQuestion(), { callbacks: [seen.handler] });
    const [root] = seen.runs;
    const [run] = seen.ofKind("llm");
    expect(seen.ofKind("llm")).toHaveLength(1);
    expect(run && seen.pathOf(run.id)).toContain(root?.id);
  });

  check("config: a run id of the caller is the id of the top run", async () => {
    const runId = crypto.randomUUID();
    const seen = collectRuns();
    await (await model()).invoke(freshQuestion(), { callbacks: [seen.handler], runId });
    expect(seen.runs[0]?.id).toBe(runId);
  });
}
