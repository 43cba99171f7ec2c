import type { AnswerOptions } from "./answer.ts";
import { asArray, asNumber, type JsonRecord } from "./json.ts";
import type { JournalRequest } from "./model-request.ts";
import type { ServedModel } from "./served-model.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { hashedVector, toBase64 } from "./vectors.ts";

const defaultDimensions = 256;

/** The inputs as texts; arrays of tokens are decoded. */
export function embeddingInputs(input: unknown, tokenizer: Tokenizer): string[] {
  if (typeof input === "string") return [input];
  const entries = asArray(input);
  if (entries.some((entry) => typeof entry === "number")) return [decodeTokens(entries, tokenizer)];
  return entries.map((entry) => (typeof entry === "string" ? entry : decodeTokens(asArray(entry), tokenizer)));
}

function decodeTokens(tokens: readonly unknown[], tokenizer: Tokenizer): string {
  return tokenizer.decode(tokens.filter((token) => typeof token === "number"));
}

/** The body of an embeddings answer, base64 or floats as asked for. */
export function renderEmbeddings(request: JournalRequest, model: ServedModel, answer: AnswerOptions, inputTokens: number): JsonRecord {
  const dimensions = asNumber(request.body["dimensions"]) ?? model.dimensions ?? defaultDimensions;
  const vectorOf = answer.vector ?? ((input: string) => hashedVector(input, dimensions));
  const encode = request.body["encoding_format"] === "base64" ? toBase64 : (vector: readonly number[]) => vector;
  return {
    object: "list",
    data: request.inputs.map((input, index) => ({ object: "embedding", index, embedding: encode(vectorOf(input)) })),
    model: answer.model ?? model.servedAs ?? request.model,
    ...reportedUsage(answer, inputTokens),
  };
}

function reportedUsage(answer: AnswerOptions, inputTokens: number): JsonRecord {
  if (answer.rawUsage !== undefined) return { usage: answer.rawUsage };
  return answer.usage === "none" ? {} : { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } };
}
