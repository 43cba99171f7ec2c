import type { JsonValue } from "@langthrift/core";

/**
 * A question, and everything that must be equal for an earlier answer to fit. Only `text` is compared by meaning; each other field that
 * is part of the key is compared exactly.
 */
export interface CacheQuery {
  /** The question: what is embedded and compared. */
  readonly text: string;
  /** Whose data this is: tenant, user or "public". Read by a `scope` function that returns `query.scope`; see `SemanticCacheOptions.scope`. */
  readonly scope?: string | undefined;
  /** Identity of the model that answers. */
  readonly model?: string | undefined;
  /** System message, or the parts of a template around the question. */
  readonly system?: JsonValue | undefined;
  readonly tools?: JsonValue | undefined;
  readonly toolChoice?: JsonValue | undefined;
  readonly responseFormat?: JsonValue | undefined;
  /** Sampling and other parameters that change the answer. */
  readonly params?: JsonValue | undefined;
  /** Hashes of images, files and audio. */
  readonly attachments?: readonly string[] | undefined;
  /** Earlier turns, oldest first. How they enter the key is the cache's `context` option. */
  readonly context?: readonly ContextTurn[] | undefined;
  /** Anything else that must be equal, for example versions of documents. */
  readonly keyFields?: JsonValue | undefined;
  /** Given to the `scope` function and to `when`; never part of the key. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Set by an adapter that cannot serve this request from a cache; the reason is reported. */
  readonly bypass?: BypassReason | undefined;
}

/** One earlier message of the conversation. */
export interface ContextTurn {
  readonly role: string;
  /** Text, or content blocks with attachments hashed. */
  readonly content: JsonValue;
}

/** Why a request is not looked up at all. */
export type BypassReason =
  | "off"
  | "no-scope"
  | "no-model-identity"
  | "no-question"
  | "several-answers"
  | "tool-result"
  | "tools"
  | "later-turn"
  | "attachments"
  | "role-markers"
  | "unhashable-key"
  | "condense-failed"
  | "not-selected";
