import { MiniLMEmbeddings } from "./mini-lm-embeddings.ts";

let shared: MiniLMEmbeddings | undefined;

/** The embeddings to use without a choice: one `MiniLMEmbeddings` per process, which loads its model on first use. */
export function defaultEmbeddings(): MiniLMEmbeddings {
  shared ??= new MiniLMEmbeddings();
  return shared;
}
