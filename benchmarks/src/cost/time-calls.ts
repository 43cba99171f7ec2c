import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { ChatOpenAI } from "@langchain/openai";
import { CostCallbackHandler } from "@langthrift/cost-callback";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../random.ts";
import { percentile } from "../statistics.ts";
import { type PairedDifference, pairedDifference } from "./paired-difference.ts";

/** Hears of everything and does nothing: what LangChain's callbacks cost by themselves. */
class IdleHandler extends BaseCallbackHandler {
  readonly name = "idle";
  override awaitHandlers = true;
  override handleChatModelStart(): void {}
  override handleLLMNewToken(): void {}
  override handleLLMEnd(): void {}
  override handleLLMError(): void {}
}

/** Takes the time that each event spends inside of our handler. */
class TimedCostHandler extends CostCallbackHandler {
  readonly startUs: number[] = [];
  readonly endUs: number[] = [];

  override handleChatModelStart(...args: Parameters<CostCallbackHandler["handleChatModelStart"]>): void | Promise<void> {
    const started = performance.now();
    const result = super.handleChatModelStart(...args);
    this.startUs.push((performance.now() - started) * 1_000);
    return result;
  }

  override handleLLMEnd(...args: Parameters<CostCallbackHandler["handleLLMEnd"]>): void | Promise<void> {
    const started = performance.now();
    const result = super.handleLLMEnd(...args);
    this.endUs.push((performance.now() - started) * 1_000);
    return result;
  }
}

export interface TimeCallsOptions {
  /** Calls at a time. */
  readonly concurrent: number;
  /** Each round makes `concurrent` calls in each of the three ways. */
  readonly rounds: number;
  readonly seed: number;
}

/** Shares of a call without a handler. */
export interface CallTimes {
  /** Processor time of this process, which the machine's other work hardly touches. The server is a process of its own. */
  readonly cpuOverhead: PairedDifference;
  /** The same against a handler that does nothing: the rest is LangChain's. */
  readonly cpuOverheadOverIdle: PairedDifference;
  /** Time on the clock for all calls of a round. */
  readonly wallOverhead: PairedDifference;
  /** Medians of the time inside of our handler, in microseconds a call: while the call runs, and for the books afterwards. */
  readonly insideUs: number;
  readonly afterwardsUs: number;
  /** Medians, without a handler, in ms. */
  readonly cpuMsOfCall: number;
  readonly wallMsOfCall: number;
}

const kinds = ["none", "idle", "ours"] as const;
type Kind = (typeof kinds)[number];
interface Measure {
  readonly cpu: number;
  readonly wall: number;
}

/** Calls a local 5 ms server, in rounds without a handler, with an idle one and with ours, in a random order each. */
export async function timeCalls({ concurrent, rounds, seed }: TimeCallsOptions): Promise<CallTimes> {
  const child = fork(fileURLToPath(new URL("serve-models.js", import.meta.url)), { stdio: "inherit" });
  const url = await new Promise<string>((resolve) => child.once("message", (message) => resolve(message as string)));
  // A server closes connections that were idle for five seconds, and may do so just when one is used again: that is tried once more.
  const model = new ChatOpenAI({ model: "gpt-4.1-mini", apiKey: "local", maxRetries: 2, configuration: { baseURL: url } });
  const handlers: Record<Kind, BaseCallbackHandler[]> = { none: [], idle: [new IdleHandler()], ours: [new CostCallbackHandler()] };
  const measure = async (kind: Kind): Promise<Measure> => {
    // What a round leaves to the garbage collector must not be swept up in the next one's time.
    globalThis.gc?.();
    const cpu = process.cpuUsage();
    const wall = performance.now();
    await Promise.all(
      Array.from({ length: concurrent }, (_, index) => model.invoke(`Question ${index}?`, { callbacks: [...handlers[kind]] })),
    );
    const used = process.cpuUsage(cpu);
    return { cpu: (used.user + used.system) / 1_000 / concurrent, wall: (performance.now() - wall) / concurrent };
  };
  const random = seededRandom(seed);
  const median = (sample: readonly number[]): number => percentile(sample, 0.5);
  const measures: Record<Kind, Measure>[] = [];
  let insideUs = Number.NaN;
  let afterwardsUs = Number.NaN;
  try {
    // The first rounds open connections and compile.
    for (let round = -10; round < rounds; round += 1) {
      const order = kinds.map((kind) => ({ kind, at: random() })).toSorted((a, b) => a.at - b.at);
      const one: Partial<Record<Kind, Measure>> = {};
      for (const { kind } of order) one[kind] = await measure(kind);
      if (round >= 0) measures.push(one as Record<Kind, Measure>);
    }
    const timed = new TimedCostHandler();
    handlers.ours = [timed];
    const afterwards: number[] = [];
    for (let round = 0; round < Math.max(10, rounds / 4); round += 1) {
      await measure("ours");
      const started = performance.now();
      // Reading brings the books up to date.
      timed.summary();
      afterwards.push(((performance.now() - started) * 1_000) / concurrent);
    }
    insideUs = median(timed.startUs) + median(timed.endUs);
    afterwardsUs = median(afterwards);
  } finally {
    child.disconnect();
  }
  const cpuMsOfCall = median(measures.map(({ none }) => none.cpu));
  const wallMsOfCall = median(measures.map(({ none }) => none.wall));
  const compare = (of: "cpu" | "wall", against: Kind): PairedDifference => {
    const whole = of === "cpu" ? cpuMsOfCall : wallMsOfCall;
    return pairedDifference(
      measures.map((round) => (round.ours[of] - round[against][of]) / whole),
      random,
    );
  };
  return {
    cpuOverhead: compare("cpu", "none"),
    cpuOverheadOverIdle: compare("cpu", "idle"),
    wallOverhead: compare("wall", "none"),
    insideUs,
    afterwardsUs,
    cpuMsOfCall,
    wallMsOfCall,
  };
}
