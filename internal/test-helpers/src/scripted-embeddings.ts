import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { setTimeout as wait } from "node:timers/promises";

export interface ScriptedEmbeddingsOptions {
  /** Real time that each call takes, in ms; a function gets the number of the call, from 1. @default 0 */
  readonly delayMs?: number | ((call: number) => number);
  /** Throws in a call: an error for every call, or a function that gets the number of the call, from 1. @default none */
  readonly failure?: Error | ((call: number) => Error | undefined);
}

/** Embeddings whose vectors the test writes down, with counts of what was asked. */
export interface ScriptedEmbeddings extends EmbeddingsInterface<number[]> {
  /** Calls of `embedQuery` and `embedDocuments` together, failed ones included. */
  readonly calls: number;
  readonly queryCalls: number;
  readonly documentCalls: number;
  /** Every text asked for, in order. */
  readonly texts: readonly string[];
  /** Changes what the next calls do. */
  configure(options: ScriptedEmbeddingsOptions): void;
}

/**
 * A map names the vector of each text (a text that is missing rejects with an error that quotes it); a function works it out.
 * Vectors are copied and not normalised.
 */
export function scriptedEmbeddings(
  vectors: Readonly<Record<string, readonly number[]>> | ReadonlyMap<string, readonly number[]> | ((text: string) => readonly number[]),
  options: ScriptedEmbeddingsOptions = {},
): ScriptedEmbeddings {
  let { delayMs, failure } = options;
  let queryCalls = 0;
  let documentCalls = 0;
  const texts: string[] = [];

  function vectorOf(text: string): number[] {
    const vector =
      typeof vectors === "function"
        ? vectors(text)
        : isMap(vectors)
          ? vectors.get(text)
          : Object.hasOwn(vectors, text)
            ? vectors[text]
            : undefined;
    if (vector === undefined) throw new Error(`No vector is scripted for "${text}".`);
    return [...vector];
  }

  async function run(asked: readonly string[]): Promise<number[][]> {
    const call = queryCalls + documentCalls;
    texts.push(...asked);
    const ms = typeof delayMs === "function" ? delayMs(call) : (delayMs ?? 0);
    if (ms > 0) await wait(ms);
    const error = typeof failure === "function" ? failure(call) : failure;
    if (error !== undefined) throw error;
    return asked.map(vectorOf);
  }

  return {
    async embedQuery(text) {
      queryCalls += 1;
      const [vector = []] = await run([text]);
      return vector;
    },
    async embedDocuments(documents) {
      documentCalls += 1;
      return run(documents);
    },
    get calls() {
      return queryCalls + documentCalls;
    },
    get queryCalls() {
      return queryCalls;
    },
    get documentCalls() {
      return documentCalls;
    },
    texts,
    configure(next) {
      if ("delayMs" in next) delayMs = next.delayMs;
      if ("failure" in next) failure = next.failure;
    },
  };
}

function isMap<Value>(value: Readonly<Record<string, Value>> | ReadonlyMap<string, Value>): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}
