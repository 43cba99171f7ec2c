import type { Serialized } from "@langchain/core/load/serializable";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import type { CostCallbackHandler } from "./cost-callback-handler.ts";

/** Options of {@link feedCalls}. */
export interface FeedCallsOptions {
  /** How many calls. */
  readonly calls: number;
  /** How many different models the calls go to. @default 5 */
  readonly models?: number;
  /** How many different users the calls are of. @default 1_000 */
  readonly users?: number;
  /** Sees how long each event took, in microseconds. */
  readonly onEvent?: (microseconds: number) => void;
  /** Number of the first call, so that feeding can go on. @default 0 */
  readonly from?: number;
}

const modelNames = ["gpt-4.1-mini", "gpt-4.1", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-flash", "gpt-5-mini", "o4-mini"];
const serialized: Serialized = { lc: 1, type: "not_implemented", id: ["langchain", "chat_models", "openai", "ChatOpenAI"] };
const prompt = [[new HumanMessage("What is the balance of my account?")]];

/**
 * Feeds raw callback events of synthetic calls, four events a call (chain start, model start, model end, chain end), for load tests:
 * measures and memory of the ledger without a network.
 */
export function feedCalls(costs: CostCallbackHandler, { calls, models = 5, users = 1_000, onEvent, from = 0 }: FeedCallsOptions): void {
  const timed = onEvent
    ? (run: () => void): void => {
        const started = performance.now();
        run();
        onEvent((performance.now() - started) * 1_000);
      }
    : (run: () => void): void => run();
  for (let call = from; call < from + calls; call += 1) {
    const chainId = `chain-${call}`;
    const runId = `run-${call}`;
    const model = modelNames[call % Math.min(models, modelNames.length)] as string;
    const tags = [`tag-${call % 7}`];
    const user = { userId: `user-${call % users}`, tenant: `tenant-${call % 11}`, feature: `feature-${call % 13}` };
    const metadata = { ...user, ls_provider: "openai", ls_model_name: model };
    const input = 200 + (call % 900);
    const output = 50 + (call % 300);
    const message = new AIMessage({
      content: "Your balance is 12.30.",
      usage_metadata: { input_tokens: input, output_tokens: output, total_tokens: input + output },
      response_metadata: { model_name: model, finish_reason: "stop" },
    });
    timed(() => costs.handleChainStart(serialized, {}, chainId, undefined, tags, user, undefined, "answer"));
    timed(() => {
      void costs.handleChatModelStart(serialized, prompt, runId, chainId, { invocation_params: { model } }, tags, metadata, "ChatOpenAI");
    });
    timed(() => void costs.handleLLMEnd({ generations: [[{ text: message.text, message } as never]] }, runId, chainId, tags));
    timed(() => costs.handleChainEnd({}, chainId));
  }
}
