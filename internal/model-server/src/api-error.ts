import type { AnswerError } from "./answer.ts";

/** A refusal with OpenAI's status and error object. */
export interface ApiError extends AnswerError {
  readonly status: number;
}

export function badRequest(message: string, fields: Omit<AnswerError, "message"> = {}): ApiError {
  return { status: 400, message, ...fields };
}

/** The body of an error, in OpenAI's form. */
export function errorBody(status: number, error: AnswerError): { error: Required<AnswerError> } {
  const { type, code } = defaultsOf(status);
  return { error: { message: error.message, type: error.type ?? type, param: error.param ?? null, code: error.code ?? code } };
}

/** The message OpenAI would send with the status, for answers that only name a status. */
export function defaultMessage(status: number, model: string): string {
  if (status === 401) return "Incorrect API key provided.";
  if (status === 404) return `The model \`${model}\` does not exist or you do not have access to it.`;
  if (status === 429) return `Rate limit reached for ${model} on requests per min (RPM): Limit 500, Used 500, Requested 1.`;
  if (status >= 500) return "The server had an error while processing your request. Sorry about that!";
  return "The request was refused.";
}

function defaultsOf(status: number): { type: string; code: string | null } {
  if (status === 401) return { type: "invalid_request_error", code: "invalid_api_key" };
  if (status === 404) return { type: "invalid_request_error", code: "model_not_found" };
  if (status === 429) return { type: "requests", code: "rate_limit_exceeded" };
  if (status >= 500) return { type: "server_error", code: null };
  return { type: "invalid_request_error", code: null };
}
