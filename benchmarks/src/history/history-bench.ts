import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { seededRandom } from "../random.ts";
import { mean, percentile } from "../statistics.ts";
import { callsOf, type Conversation, readConversations } from "./conversation-file.ts";
import { type Evidence, evidenceIn, recallIn } from "./evidence.ts";
import { extractiveSpans } from "./extractive.ts";
import { planTime } from "./plan-time.ts";
import { fullHistory, langchain, ours, type Policy, window } from "./policies.ts";
import { type CacheModel, createProvider } from "./provider-cost.ts";

export const historyBench: Bench = {
  name: "history",
  summary: "cost of long conversations against full history, a window and LangChain's summariser; evidence retained; recall",
  options: ["conversations", "seed"],
  run: runHistoryBench,
};

const CACHE: CacheModel = { read: 0.1, write: 1.25 };
const PRICE = 0.1;
interface Replayed {
  readonly cached: number;
  readonly uncached: number;
  readonly summaries: number;
  /** What a question after the last turn is sent with. */
  readonly ask: (question: string) => Promise<readonly BaseMessage[]>;
}

async function replay(conversation: Conversation, policy: Policy, cache: CacheModel = CACHE): Promise<Replayed> {
  const provider = createProvider(cache);
  const plain = createProvider("none");
  const total = { cached: 0, uncached: 0, summaries: 0 };
  const all = conversation.turns.map(({ message }) => message);
  for (const at of callsOf(conversation)) {
    const time = conversation.turns[at]?.at as number;
    const { messages, overhead, summaries } = await policy.show(all.slice(0, at), time);
    total.cached += overhead + provider.bill(messages, time);
    total.uncached += overhead + plain.bill(messages, time);
    total.summaries += summaries;
  }
  // The question comes after the last turn.
  const end = (conversation.turns.at(-1)?.at as number) + 30_000;
  const { messages: last } = all.length > 0 ? await policy.show(all, end) : { messages: all };
  return { ...total, ask: async (question) => (await policy.ask?.(all, new HumanMessage(question), end)) ?? last };
}

async function runHistoryBench({ conversations: path, limit, seed }: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const conversations = readConversations(path, limit);
  const replayAll = (create: () => Policy, cache?: CacheModel) =>
    Promise.all(conversations.map((conversation) => replay(conversation, create(), cache)));
  // First, while the heap is small.
  say("Time of plan and view");
  const sizes = [1_000, 10_000, 20_000] as const;
  const times = sizes.map(planTime);
  say(`Replaying ${conversations.length} conversations`);
  const base = { trigger: 1000, keep: 20, price: PRICE };
  const runs = {
    full: await replayAll(fullHistory),
    window: await replayAll(() => window(20)),
    langchainDefault: await replayAll(() => langchain({ trigger: 4000, price: PRICE })),
    langchain1000: await replayAll(() => langchain({ trigger: 1000, keep: 20, price: PRICE })),
    ours: await replayAll(() => ours({ ...base, cache: CACHE })),
    oursUncached: await replayAll(() => ours({ ...base, cache: "none" })),
    summaryAlone: await replayAll(() => ours({ ...base, cache: CACHE, recall: false })),
    summaryAloneUncached: await replayAll(() => ours({ ...base, cache: "none", recall: false })),
  };
  const cost = (run: readonly Replayed[], of: "cached" | "uncached") =>
    sum(run.map((one) => one[of])) / sum(runs.full.map((one) => one[of]));
  const worst = (run: readonly Replayed[], of: "cached" | "uncached") =>
    Math.max(...run.map((one, index) => one[of] / (runs.full[index] as Replayed)[of]));

  say("Evidence at question time");
  const view = (run: readonly Replayed[]) =>
    Promise.all(conversations.map((conversation, index) => evidenceIn(conversation, (run[index] as Replayed).ask)));
  const evidence: Record<string, readonly Evidence[]> = {
    ours: await view(runs.ours),
    "ours, uncached": await view(runs.oursUncached),
    "ours, recall off": await view(runs.summaryAlone),
    "window of 20": await view(runs.window),
    "LangChain, 4000 / 20": await view(runs.langchainDefault),
    "LangChain, 1000 / 20": await view(runs.langchain1000),
    "full history": await view(runs.full),
  };
  const tokens = (name: string) => Math.round(mean((evidence[name] as Evidence[]).flatMap((one) => one.tokens)));
  const span = (name: string) => mean((evidence[name] as Evidence[]).flatMap((one) => one.span));

  say("Sweep");
  const sweep: { name: string; cost: number; worst: number }[] = [];
  for (const [cacheName, cache] of [
    ["none", "none"],
    [".5 / 1", { read: 0.5, write: 1 }],
    [".1 / 1.25", CACHE],
    [".1 / 2", { read: 0.1, write: 2 }],
  ] as const) {
    const full = await replayAll(fullHistory, cache === "none" ? undefined : cache);
    for (const price of [0.1, 1]) {
      for (const trigger of [1000, 4000]) {
        for (const keep of [10, 40]) {
          const run = await replayAll(() => ours({ trigger, keep, price, cache }), cache === "none" ? undefined : cache);
          const of = cache === "none" ? "uncached" : "cached";
          sweep.push({
            name: `${cacheName.padEnd(10)} ${String(price).padEnd(4)} ${String(trigger).padEnd(5)} ${String(keep).padEnd(3)}`,
            cost: sum(run.map((one) => one[of])) / sum(full.map((one) => one[of])),
            worst: Math.max(...run.map((one, index) => one[of] / (full[index] as Replayed)[of])),
          });
        }
      }
    }
  }

  const extractive = (await Promise.all(conversations.map((conversation) => extractiveSpans(conversation, 1500, 300)))).flat();
  const recall = (share: number) => mean(conversations.flatMap((conversation) => recallIn(conversation, share)));
  const metrics: Record<string, number> = {
    cost_cached: cost(runs.ours, "cached"),
    cost_uncached: cost(runs.oursUncached, "uncached"),
    window_cost_cached: cost(runs.window, "cached"),
    window_cost_uncached: cost(runs.window, "uncached"),
    langchain_default_cost_cached: cost(runs.langchainDefault, "cached"),
    langchain_default_cost_uncached: cost(runs.langchainDefault, "uncached"),
    langchain_1000_cost_cached: cost(runs.langchain1000, "cached"),
    langchain_1000_cost_uncached: cost(runs.langchain1000, "uncached"),
    worst_cost_cached: worst(runs.ours, "cached"),
    worst_cost_uncached: worst(runs.oursUncached, "uncached"),
    summaries: sum(runs.ours.map((one) => one.summaries)),
    langchain_1000_summaries: sum(runs.langchain1000.map((one) => one.summaries)),
    cost_cached_without_recall: cost(runs.summaryAlone, "cached"),
    cost_uncached_without_recall: cost(runs.summaryAloneUncached, "uncached"),
    evidence_span: span("ours"),
    evidence_span_uncached: span("ours, uncached"),
    evidence_span_without_recall: span("ours, recall off"),
    evidence_tokens: tokens("ours"),
    langchain_default_evidence_tokens: tokens("LangChain, 4000 / 20"),
    langchain_default_evidence_span: span("LangChain, 4000 / 20"),
    langchain_1000_evidence_span: span("LangChain, 1000 / 20"),
    window_evidence_span: span("window of 20"),
    sweep_max_cost: Math.max(...sweep.map((one) => one.cost)),
    sweep_worst_conversation_cost: Math.max(...sweep.map((one) => one.worst)),
    extractive_span_1500_300: mean(extractive),
    recall_at_5pct_tokens: recall(0.05),
    recall_at_10pct_tokens: recall(0.1),
    recall_at_20pct_tokens: recall(0.2),
    plan_view_1000_messages_ms: times[0]?.planAndViewMs ?? Number.NaN,
    plan_view_10000_messages_ms: times[1]?.planAndViewMs ?? Number.NaN,
    plan_view_20000_messages_ms: times[2]?.planAndViewMs ?? Number.NaN,
    recall_10000_messages_ms: times[1]?.recallMs ?? Number.NaN,
  };

  const random = seededRandom(seed);
  const cell = (of: readonly Evidence[], field: keyof Evidence) =>
    interval(
      of.map((one) => one[field]),
      random,
    );
  const text = [
    `${conversations.length} conversations, ${sum(conversations.map((one) => callsOf(one).length))} calls, an 800-token system prompt, tokens as characters / 4. Input only, relative to full history.`,
    "No model is called: summaries are extractive, written by this package's ExtractiveSummarizer for LangChain's middleware too (300 tokens), and billed",
    "as a model at a tenth of the main model's price, output at five times input. The prompt cache is simulated from the common bytes of two prompts in a",
    "row: reads .1, writes 1.25, from 1,024 tokens on, for 5 minutes by the time stamps (half a minute a turn). LangChain.js has no default trigger (left out,",
    'it never summarises); "default" is its documentation\'s 4000 tokens with the default keep of 20 messages.',
    "Ours quotes originals for a message that asks something, as it does by default; the tokens of that are in its cost, in every call of the replay. No tool, no second request.",
    "",
    "policy                 cached (worst)   uncached (worst)   summaries",
    line("window of 20", runs.window, runs.window),
    line("LangChain, 4000 / 20", runs.langchainDefault, runs.langchainDefault),
    line("LangChain, 1000 / 20", runs.langchain1000, runs.langchain1000),
    line("ours, 1000 / 20", runs.ours, runs.oursUncached),
    line("  with recall off", runs.summaryAlone, runs.summaryAloneUncached),
    "",
    "At question time, after the last turn: share of exact answer spans, answer terms and evidence turns in the prompt [95 % bootstrap over conversations].",
    '"Uncached" is the view that the run without prompt caching shows: it summarises at other times, and may recall more.',
    ...Object.entries(evidence).map(
      ([name, of]) => `${name.padEnd(22)} ${cell(of, "span")}   ${cell(of, "terms")}   ${cell(of, "turns")}   ${tokens(name)} tokens`,
    ),
    "",
    "Sweep: cache read / write, summariser price, trigger, keep: cost (worst conversation)",
    ...sweep.map(({ name, cost: relative, worst: most }) => `${name} ${relative.toFixed(3)} (${most.toFixed(3)})`),
    "",
    `Extractive, 1,500 to 300 tokens: ${mean(extractive).toFixed(3)} of ${extractive.length} exact answer spans kept.`,
    `Recall of evidence turns in 5 / 10 / 20 % of the tokens: ${[0.05, 0.1, 0.2].map((share) => recall(share).toFixed(3)).join(" / ")}.`,
    `plan and view, median of CPU time: ${sizes.map((size, index) => `${size} messages ${times[index]?.planAndViewMs.toFixed(2)} ms`).join(", ")}; search for a question among 10,000: ${times[1]?.recallMs.toFixed(1)} ms.`,
  ].join("\n");
  return {
    config: {
      conversations: path,
      seed,
      trigger: 1000,
      keep: 20,
      summaryTokens: 300,
      summarizerPrice: PRICE,
      cache: CACHE,
    },
    metrics,
    text,
  };

  function line(name: string, cached: readonly Replayed[], uncached: readonly Replayed[]): string {
    const pair = (run: readonly Replayed[], of: "cached" | "uncached") => `${cost(run, of).toFixed(3)} (${worst(run, of).toFixed(3)})`;
    return `${name.padEnd(22)} ${pair(cached, "cached")}    ${pair(uncached, "uncached")}      ${sum(cached.map((one) => one.summaries))} / ${sum(uncached.map((one) => one.summaries))}`;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Mean and 95 % interval, drawing conversations with replacement. */
function interval(groups: readonly (readonly number[])[], random: () => number): string {
  const draws = Array.from({ length: 1000 }, () => mean(groups.flatMap(() => groups[Math.floor(random() * groups.length)] ?? []))).filter(
    Number.isFinite,
  );
  return `${mean(groups.flat()).toFixed(3)} [${percentile(draws, 0.025).toFixed(2)}, ${percentile(draws, 0.975).toFixed(2)}]`;
}
