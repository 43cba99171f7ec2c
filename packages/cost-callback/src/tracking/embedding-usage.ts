import { recordOf } from "../unknown-record.ts";

/** Usage of an embeddings request as its HTTP answer told it. */
export interface HttpEmbeddingUsage {
  readonly inputTokens: number;
  readonly model: string | undefined;
}

interface Waiting {
  readonly texts: Map<string, number>;
  found: HttpEmbeddingUsage | undefined;
}

/**
 * Brings the `usage` of embedding answers to the calls that caused them. LangChain's embeddings drop it, and async context does not tell
 * concurrent calls apart: the texts in the request's body do.
 */
export class EmbeddingUsageReader {
  readonly #waiting = new Set<Waiting>();

  /** Runs a call and returns what its answers said; `undefined` when not all of its requests were seen. */
  async watch<T>(
    texts: readonly string[],
    run: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly usage: HttpEmbeddingUsage | undefined }> {
    const counts = new Map<string, number>();
    for (const text of texts.map(normal)) counts.set(text, (counts.get(text) ?? 0) + 1);
    const waiting: Waiting = { texts: counts, found: undefined };
    this.#waiting.add(waiting);
    try {
      const result = await run();
      return { result, usage: counts.size === 0 ? waiting.found : undefined };
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** A `fetch` to give to the client: `configuration: { fetch: reader.fetch }`. Reads a copy of each embeddings answer. */
  readonly fetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (response.ok && typeof init?.body === "string" && this.#waiting.size > 0) {
      try {
        this.#see(JSON.parse(init.body) as unknown, await response.clone().json());
      } catch {
        // Not an embeddings request, or not JSON: the call is counted instead.
      }
    }
    return response;
  };

  #see(request: unknown, response: unknown): void {
    const input = recordOf(request)?.["input"];
    const texts = (typeof input === "string" ? [input] : Array.isArray(input) ? input : [])
      .filter((text) => typeof text === "string")
      .map(normal);
    const tokens = recordOf(recordOf(response)?.["usage"])?.["prompt_tokens"];
    if (texts.length === 0 || typeof tokens !== "number") return;
    for (const waiting of this.#waiting) {
      if (!covers(waiting.texts, texts)) continue;
      for (const text of texts) {
        const left = (waiting.texts.get(text) ?? 0) - 1;
        if (left > 0) waiting.texts.set(text, left);
        else waiting.texts.delete(text);
      }
      const model = recordOf(response)?.["model"];
      waiting.found = {
        inputTokens: (waiting.found?.inputTokens ?? 0) + tokens,
        model: typeof model === "string" ? model : waiting.found?.model,
      };
      return;
    }
  }
}

/** OpenAI's client strips line breaks by default. */
function normal(text: string): string {
  return text.replace(/\n/g, " ");
}

function covers(waiting: ReadonlyMap<string, number>, texts: readonly string[]): boolean {
  const need = new Map<string, number>();
  for (const text of texts) need.set(text, (need.get(text) ?? 0) + 1);
  for (const [text, count] of need) if ((waiting.get(text) ?? 0) < count) return false;
  return true;
}
