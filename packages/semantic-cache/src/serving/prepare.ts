import { withTimeout } from "@langthrift/core";
import { type CacheKey, cacheKey, normalizeQuestion } from "../cache-key.ts";
import type { BypassReason, CacheQuery } from "../cache-query.ts";
import type { Engine } from "./engine.ts";

/** A query resolved to its key, or why it has none. */
export type Prepared =
  | { readonly key: CacheKey; readonly question: string; readonly bypass?: undefined }
  | { readonly bypass: BypassReason; readonly key?: undefined };

export async function prepare(engine: Engine, query: CacheQuery): Promise<Prepared> {
  const { options, mode, embedding } = engine;
  if (mode === "off") return { bypass: "off" };
  if (query.bypass) return { bypass: query.bypass };
  const scope = resolveScope(engine, query);
  if (scope === undefined || scope === "") return { bypass: "no-scope" };
  if (options.tools === "bypass" && hasItems(query.tools)) return { bypass: "tools" };

  const earlier = (query.context?.length ?? 0) > 0;
  let text = query.text;
  let withContext = true;
  if (earlier && options.context === "first-turn-only") return { bypass: "later-turn" };
  if (earlier && typeof options.context === "object") {
    const { condense } = options.context;
    try {
      text = await withTimeout("condensing the question", engine.judgeTimeoutMs, (signal) => condense(text, query.context ?? [], signal));
      withContext = false;
    } catch (error) {
      engine.failed("condense", error);
      return { bypass: "condense-failed" };
    }
  }
  const question = normalizeQuestion(text);
  if (question === "") return { bypass: "no-question" };
  try {
    return { key: cacheKey({ ...query, text: question }, { scope, embedding: embedding.id, withContext }), question };
  } catch (error) {
    engine.failed("unhashable-key", error);
    return { bypass: "unhashable-key" };
  }
}

function resolveScope({ options, failures }: Engine, query: CacheQuery): string | undefined {
  if (typeof options.scope === "string") return options.scope;
  try {
    const scope: unknown = options.scope(query);
    return typeof scope === "string" ? scope : undefined;
  } catch (error) {
    // Not thrown even with onError "throw": without a scope nothing may be served, and bypassing is the safe answer.
    failures.note("scope", error);
    return undefined;
  }
}

function hasItems(tools: unknown): boolean {
  return Array.isArray(tools) && tools.length > 0;
}
