import type { EmbeddingsInterface } from "@langchain/core/embeddings";

/** Model name that an embeddings object shows, under the names that LangChain's integrations use. */
export function embeddingModel(embeddings: EmbeddingsInterface): string | undefined {
  const { model, modelName } = embeddings as { model?: unknown; modelName?: unknown };
  if (typeof model === "string" && model !== "") return model;
  return typeof modelName === "string" && modelName !== "" ? modelName : undefined;
}

/** Names the space its vectors live in: vectors of two ids are never compared. */
export function embeddingIdOf(embeddings: EmbeddingsInterface): string {
  const { dimensions } = embeddings as { dimensions?: unknown };
  const size = typeof dimensions === "number" ? `:${dimensions}` : "";
  return `${embeddings.constructor.name}:${embeddingModel(embeddings) ?? ""}${size}`;
}
