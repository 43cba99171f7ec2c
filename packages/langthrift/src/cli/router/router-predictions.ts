import { defaultEmbeddings } from "@langthrift/embeddings";
import { embedRows, predictRows, type RouterPrediction, type RowEmbeddings, type TrainedRouter } from "@langthrift/model-router";

/** What a router expects for each row; the embedding model of this process is loaded only for a router that was trained with it. */
export async function predictionsOf(router: TrainedRouter, rows: readonly { readonly prompt: string }[]): Promise<RouterPrediction[]> {
  return router.artifact.embedding ? predictRows(router, rows, defaultEmbeddings()) : predictRows(router, rows);
}

/** @throws {WeightsError} when the embedding model's files are missing. */
export async function embedPrompts(rows: readonly { readonly prompt: string }[]): Promise<RowEmbeddings> {
  return embedRows(rows, defaultEmbeddings());
}
