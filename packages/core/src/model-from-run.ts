import type { BaseMessage } from "@langchain/core/messages";
import { asRecord, asText } from "./as-record.ts";
import type { ServiceTier } from "./rates.ts";

/** What a callback handler sees of a model run; each part may be missing. */
export interface RunParts {
  /** The first generation's message. */
  readonly message?: BaseMessage | undefined;
  /** The run's metadata, with LangChain's `ls_*` keys. */
  readonly metadata?: Record<string, unknown> | undefined;
  /** `extraParams` of `handleChatModelStart`, with `invocation_params`. */
  readonly extraParams?: Record<string, unknown> | undefined;
  /** `llm` of `handleChatModelStart`: the serialized model. */
  readonly serialized?: unknown;
}

/** What is known of the model of a run. */
export interface RunModel {
  readonly provider?: string;
  readonly requested?: string;
  /** As the provider named it in the answer. */
  readonly served?: string;
  readonly tier?: ServiceTier;
}

/** Finds model, provider and service tier in the places where LangChain's integrations put them. A served tier beats a requested one. */
export function modelFromRun({ message, metadata, extraParams, serialized }: RunParts): RunModel {
  const response = asRecord(message?.response_metadata);
  const additional = asRecord(message?.additional_kwargs);
  const invocation = asRecord(extraParams?.["invocation_params"]);
  const kwargs = asRecord(asRecord(serialized)?.["kwargs"]);
  const served = asText(response?.["model_name"]) ?? asText(response?.["model"]) ?? asText(additional?.["model"]);
  const requested =
    asText(metadata?.["ls_model_name"]) ??
    asText(invocation?.["model"]) ??
    asText(invocation?.["model_name"]) ??
    asText(kwargs?.["model"]) ??
    asText(kwargs?.["model_name"]);
  const client = asText(metadata?.["ls_provider"]);
  const answered = asText(response?.["model_provider"]);
  // Clients built on OpenAI's (DeepSeek, xAI) call themselves "openai" before the answer.
  const provider = client === "openai" ? (answered ?? client) : (client ?? answered);
  const tier =
    asText(response?.["service_tier"]) ?? asText(asRecord(response?.["usage"])?.["service_tier"]) ?? asText(invocation?.["service_tier"]);
  return {
    ...(provider !== undefined && { provider }),
    ...(requested !== undefined && { requested }),
    ...(served !== undefined && { served }),
    ...(tier !== undefined && tier !== "auto" && { tier: tier === "standard" ? "default" : tier }),
  };
}
