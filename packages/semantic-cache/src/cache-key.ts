import { stableHash } from "@langthrift/core";
import type { CacheQuery } from "./cache-query.ts";

/** Raised when what enters the key changes, so that old entries are not found any more. */
const KEY_VERSION = 1;

export interface CacheKey {
  /** Hash of partition and normalised question. */
  readonly id: string;
  /** Hash of all that must be equal. */
  readonly partition: string;
  /** Hash of scope and model: partitions that may learn from each other. */
  readonly family: string;
  readonly scope: string;
  readonly model: string;
  /** What went into the partition, by name, for `explain()`. */
  readonly parts: Readonly<Record<string, unknown>>;
}

export interface KeyContext {
  readonly scope: string;
  readonly embedding: string;
  /** Whether earlier turns join the partition; not when the question was rewritten to stand alone. */
  readonly withContext: boolean;
}

/** @throws {TypeError} for parts that are no plain JSON. */
export function cacheKey(query: CacheQuery, { scope, embedding, withContext }: KeyContext): CacheKey {
  const model = query.model ?? "";
  const parts = {
    scope,
    embedding,
    model,
    system: query.system,
    tools: query.tools,
    toolChoice: query.toolChoice,
    responseFormat: query.responseFormat,
    params: query.params,
    attachments: query.attachments?.length ? query.attachments : undefined,
    context: withContext && query.context?.length ? query.context : undefined,
    keyFields: query.keyFields,
  };
  const partition = stableHash(KEY_VERSION, parts);
  return { id: stableHash(partition, normalizeQuestion(query.text)), partition, family: stableHash(scope, model), scope, model, parts };
}

/** Unicode NFC, trimmed, runs of white space folded to one space; letter case kept. */
export function normalizeQuestion(text: string): string {
  return text.normalize("NFC").trim().replace(/\s+/gu, " ");
}
