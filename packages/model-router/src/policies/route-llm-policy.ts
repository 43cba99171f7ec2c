import { InvalidOptionError } from "@langthrift/core";
import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import type { RoutingPolicy } from "../routing-policy.ts";
import { readRouteLlmCheckpoint } from "./route-llm-checkpoint.ts";

/** Options of {@link routeLlmPolicy}. */
export interface RouteLlmPolicyOptions {
  /** The bytes of a matrix-factorisation checkpoint (`model.safetensors`). */
  readonly checkpoint: Uint8Array;
  /** Those that the checkpoint was trained with: OpenAI's text-embedding-3-small, 1,536 numbers, for the published ones. */
  readonly embeddings: Pick<EmbeddingsInterface, "embedQuery">;
  /** Candidates' names. */
  readonly strong: string;
  /** The one that answers below the threshold. */
  readonly weak: string;
  /** The strong one answers from this win rate on, 0 to 1. RouteLLM's published one for half of the traffic is 0.11593; calibrate on your own. */
  readonly threshold: number;
  /** Row of the strong model in the checkpoint. @default 24 (gpt-4-1106-preview) */
  readonly strongIndex?: number;
  /** Row of the weak model. @default 36 (mixtral-8x7b-instruct-v0.1) */
  readonly weakIndex?: number;
  /** For one embedding, in ms. @default 1_000 */
  readonly timeoutMs?: number;
}

/**
 * RouteLLM's matrix-factorisation router: the strong candidate where its predicted win rate reaches the threshold. Learnt from Chatbot Arena's
 * battles between the models of 2024, so hold it against `evaluateRouter`'s baselines on your own rows before you trust it.
 *
 * @throws {InvalidOptionError} when the checkpoint cannot be read or an option is out of range.
 * @see Ong et al., "RouteLLM", arXiv 2406.18665
 */
export function routeLlmPolicy({
  checkpoint,
  embeddings,
  strong,
  weak,
  threshold,
  strongIndex = 24,
  weakIndex = 36,
  timeoutMs = 1_000,
}: RouteLlmPolicyOptions): RoutingPolicy {
  const model = readRouteLlmCheckpoint(checkpoint);
  if (!(threshold >= 0 && threshold <= 1)) throw new InvalidOptionError(`\`threshold\` is ${threshold}. Pass a win rate from 0 to 1.`);
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0))
    throw new InvalidOptionError(`\`timeoutMs\` is ${timeoutMs}. Pass milliseconds, above 0.`);
  for (const [name, index] of Object.entries({ strongIndex, weakIndex })) {
    if (!Number.isInteger(index) || index < 0 || index >= model.modelCount) {
      throw new InvalidOptionError(`\`${name}\` is ${index}, but the checkpoint knows the models 0 to ${model.modelCount - 1}.`);
    }
  }
  return {
    name: "route-llm",
    models: [weak, strong],
    timeoutMs,
    async decide({ task }) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const score = model.winRate(await embeddings.embedQuery(task), strongIndex, weakIndex);
      if (!Number.isFinite(score)) return { kind: "abstain", reason: "no win rate" };
      const enough = score >= threshold;
      return {
        kind: "pick",
        model: enough ? strong : weak,
        reason: enough ? "win rate reaches the threshold" : "win rate below the threshold",
        score,
        threshold,
      };
    },
  };
}
