import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { coverageOf, type HistorySummary, hashMessages, plan, recalledOriginals, view } from "@langthrift/history-summarizer";
import { percentile } from "../statistics.ts";

export interface PlanTime {
  /** Median CPU time of `plan` and `view` of a history that has a summary, the check for edits included, in ms. */
  readonly planAndViewMs: number;
  /** Median CPU time of the search for originals that fit a question, in ms; only calls that ask something pay it. */
  readonly recallMs: number;
}

const RUNS = 21;

/** Of this process, so that a busy machine does not show. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Times the pure core on a history of `count` messages of 200 characters, nine tenths of it summarised. */
export function planTime(count: number): PlanTime {
  const messages: BaseMessage[] = Array.from({ length: count - 1 }, (_, index) => {
    const text = `Message ${index} about order AB-${1000 + (index % 700)}. ${"It arrived and was checked in the yard. ".repeat(4)}`.slice(
      0,
      200,
    );
    return index % 2 === 0 ? new HumanMessage(text) : new AIMessage(text);
  });
  messages.push(new HumanMessage("When did order AB-1003 arrive?"));
  const covered = 2 * Math.floor((0.9 * count) / 2);
  const summary: HistorySummary = {
    version: 1,
    text: "Orders arrived.",
    facts: [],
    coveredCount: covered,
    coveredHash: hashMessages(messages, covered),
    tokens: 4,
    model: "stand-in",
    nanoUsd: null,
    createdAt: 0,
  };
  const core: number[] = [];
  const recall: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const started = cpuMs();
    const coverage = coverageOf(messages, summary);
    plan(messages, summary, { coverage });
    const shown = view(messages, summary, { coverage });
    const planned = cpuMs();
    recalledOriginals(messages, shown, { maxTokens: 400 });
    recall.push(cpuMs() - planned);
    core.push(planned - started);
  }
  return { planAndViewMs: percentile(core, 0.5), recallMs: percentile(recall, 0.5) };
}
