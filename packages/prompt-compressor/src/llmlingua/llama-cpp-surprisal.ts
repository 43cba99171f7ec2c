import { InvalidOptionError, MissingPeerError } from "@langthrift/core";
import { basename, isAbsolute, join } from "node:path";
import { alignPieces } from "../llmlingua2/align-pieces.ts";
import type { SurprisalModel, SurprisalPiece } from "../self-information/surprisal-model.ts";

/** What is used of `node-llama-cpp` 3. */
export interface LlamaCppModule {
  getLlama(options?: object): Promise<{ loadModel(options: { readonly modelPath: string }): Promise<LlamaModel> }>;
}

/** The part of node-llama-cpp's model that is used. */
export interface LlamaModel {
  readonly tokens: { readonly bos: number | null };
  /** The ids of a text's tokens. */
  tokenize(text: string): readonly number[];
  /** The text of tokens. */
  detokenize(tokens: readonly number[]): string;
  /** A context of `contextSize` tokens. */
  createContext(options?: { readonly contextSize?: number }): Promise<{ getSequence(): LlamaSequence }>;
}

/** The part of node-llama-cpp's sequence that is used. */
export interface LlamaSequence {
  /** Begins anew. */
  clearHistory(): Promise<void>;
  /** One step a token, with the probabilities that were asked for. */
  controlledEvaluate(input: readonly unknown[]): Promise<readonly (LlamaStep | undefined)[]>;
}

/** For the token that follows: its logit and the largest one, and the sum of exp(logit - largest). */
export interface LlamaStep {
  readonly next: { readonly logits?: ReadonlyMap<number, number>; readonly totalLogitWeight?: number };
}

/** Options of {@link llamaCppSurprisal}. */
export interface LlamaCppSurprisalOptions {
  /** A GGUF file: a path, or a name in `modelDir`. */
  readonly model: string;
  /** Nothing is ever downloaded. @default the environment variable LANGTHRIFT_MODEL_DIR */
  readonly modelDir?: string;
  /** Tokens of prefix and text; of a longer prefix the end is read. @default 2048 */
  readonly contextSize?: number;
  /** @default import("node-llama-cpp"), at the first call */
  readonly load?: () => Promise<LlamaCppModule>;
}

/**
 * The selected token is then the one of the largest logit. `includeMax` would say so too, but up to 3.22.1 it adds that token only where it is asked
 * for anyway.
 */
const GREEDY = { options: { temperature: 0 } };

const PEER = "node-llama-cpp";
const RANGE = "^3.22.0";

/**
 * Surprisal of a text under a small language model, through llama.cpp on the processor. One text at a time. A text without a start mark
 * gives no figure for its first token, which is then kept.
 *
 * @throws {InvalidOptionError} without a file. The first call rejects with `MissingPeerError` where the library is not installed.
 */
export function llamaCppSurprisal({
  model,
  modelDir = process.env["LANGTHRIFT_MODEL_DIR"],
  contextSize = 2048,
  load = importPeer,
}: LlamaCppSurprisalOptions): SurprisalModel {
  if (!isAbsolute(model) && (modelDir === undefined || modelDir === "")) {
    throw new InvalidOptionError("`modelDir` is missing. Pass the folder that holds the model, or set LANGTHRIFT_MODEL_DIR.");
  }
  const modelPath = isAbsolute(model) ? model : join(modelDir as string, model);
  let loading: Promise<readonly [LlamaModel, LlamaSequence]> | undefined;
  // The sequence holds one text; the next one waits.
  let last: Promise<unknown> = Promise.resolve();

  async function loadModel(): Promise<readonly [LlamaModel, LlamaSequence]> {
    const llama = await (await load()).getLlama({ gpu: false });
    const loaded = await llama.loadModel({ modelPath });
    const context = await loaded.createContext({ contextSize });
    return [loaded, context.getSequence()];
  }

  async function score(text: string, prefix: string, signal: AbortSignal | undefined): Promise<SurprisalPiece[]> {
    loading ??= loadModel().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const [loaded, sequence] = await loading;
    signal?.throwIfAborted();
    const tokens = loaded.tokenize(text).slice(0, contextSize - 1);
    const room = contextSize - 1 - tokens.length;
    const before = room > 0 ? loaded.tokenize(prefix).slice(-room) : [];
    const { bos } = loaded.tokens;
    const input = [...(bos === null ? [] : [bos]), ...before, ...tokens];
    const first = input.length - tokens.length;
    await sequence.clearHistory();
    const steps = await sequence.controlledEvaluate(
      input.map((token, at) => {
        const next = input[at + 1];
        if (next === undefined || at + 1 < first) return token;
        return [
          token,
          { generateNext: { ...GREEDY, logits: { filter: { tokens: [next], includeSelected: true } }, totalLogitWeight: true } },
        ];
      }),
    );
    const pieces = tokens.map((token) => loaded.detokenize([token]));
    return alignPieces(text, pieces).flatMap((range, at) => {
      const nats = natsOf(steps[first + at - 1], tokens[at] as number);
      return range && nats !== undefined ? [{ ...range, nats }] : [];
    });
  }

  return {
    name: basename(model),
    async score(text, { prefix = "", signal } = {}) {
      const turn = last.then(() => score(text, prefix, signal));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** -ln p = ln(sum of exp(logit - max)) - (logit - max). */
function natsOf(step: LlamaStep | undefined, token: number): number | undefined {
  const { logits, totalLogitWeight } = step?.next ?? {};
  const logit = logits?.get(token);
  if (!logits || logit === undefined || totalLogitWeight === undefined) return undefined;
  return Math.log(totalLogitWeight) - (logit - Math.max(...logits.values()));
}

async function importPeer(): Promise<LlamaCppModule> {
  // A name in a variable, because the library is large and need not be installed.
  const name: string = PEER;
  try {
    return (await import(name)) as LlamaCppModule;
  } catch (cause) {
    throw new MissingPeerError({ peer: PEER, option: "llamaCppSurprisal", range: RANGE }, { cause });
  }
}
