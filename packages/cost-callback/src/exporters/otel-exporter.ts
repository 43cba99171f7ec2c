import { type Attributes, type Meter, metrics } from "@opentelemetry/api";
import type { CostEntry } from "../cost-entry.ts";
import type { CostExporter } from "../cost-exporter.ts";

/** Names of instruments and attributes. The GenAI conventions are "Development": a rename is a change of this table. */
export interface OtelNames {
  readonly tokenUsage: string;
  readonly operationDuration: string;
  readonly timeToFirstToken: string;
  readonly cost: string;
  readonly avoidedCost: string;
  readonly operation: string;
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly tokenType: string;
  readonly errorType: string;
  readonly serviceTier: string;
  readonly costSource: string;
  readonly currency: string;
  readonly strategy: string;
}

/** OpenTelemetry semantic conventions 1.37 for GenAI; cost has no accepted name yet, the proposed one is used. */
export const genAiNames: OtelNames = {
  tokenUsage: "gen_ai.client.token.usage",
  operationDuration: "gen_ai.client.operation.duration",
  timeToFirstToken: "gen_ai.client.time_to_first_token",
  cost: "gen_ai.usage.cost.amount",
  avoidedCost: "langthrift.avoided_cost",
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  responseModel: "gen_ai.response.model",
  tokenType: "gen_ai.token.type",
  errorType: "error.type",
  serviceTier: "openai.response.service_tier",
  costSource: "gen_ai.usage.cost.source",
  currency: "gen_ai.usage.cost.currency",
  strategy: "langthrift.strategy",
};

/** Options of {@link otelExporter}. */
export interface OtelExporterOptions {
  /** @default metrics.getMeter("langthrift") of the global provider */
  readonly meter?: Meter;
  /** @default genAiNames */
  readonly names?: Partial<OtelNames>;
}

const tokenBounds = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
const secondBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/** Records tokens, durations and costs as OpenTelemetry metrics. Token counts include their parts, as the conventions ask. */
export function otelExporter({ meter = metrics.getMeter("langthrift"), names: given = {} }: OtelExporterOptions = {}): CostExporter {
  const names = { ...genAiNames, ...given };
  const tokens = meter.createHistogram(names.tokenUsage, { unit: "{token}", advice: { explicitBucketBoundaries: tokenBounds } });
  const seconds = meter.createHistogram(names.operationDuration, { unit: "s", advice: { explicitBucketBoundaries: secondBounds } });
  const firstToken = meter.createHistogram(names.timeToFirstToken, { unit: "s", advice: { explicitBucketBoundaries: secondBounds } });
  const cost = meter.createCounter(names.cost, { unit: "USD" });
  const avoided = meter.createUpDownCounter(names.avoidedCost, { unit: "USD" });

  function attributesOf(entry: CostEntry): Attributes {
    return {
      [names.operation]: entry.kind === "embedding" ? "embeddings" : entry.kind === "llm" ? "chat" : entry.kind,
      [names.provider]: entry.provider ?? "unknown",
      [names.requestModel]: entry.requestedModel ?? entry.model,
      [names.responseModel]: entry.model,
      ...(entry.tier !== undefined && { [names.serviceTier]: entry.tier }),
      ...(entry.status !== "ok" && entry.status !== "cached" && { [names.errorType]: entry.status }),
    };
  }

  return {
    async export(entries, savings) {
      for (const entry of entries) {
        const attributes = attributesOf(entry);
        const { usage, nanoUsd, latencyMs, firstTokenMs } = entry;
        if (usage?.inputTokens) tokens.record(usage.inputTokens, { ...attributes, [names.tokenType]: "input" });
        if (usage?.outputTokens) tokens.record(usage.outputTokens, { ...attributes, [names.tokenType]: "output" });
        if (latencyMs !== undefined) seconds.record(latencyMs / 1_000, attributes);
        if (firstTokenMs !== undefined) firstToken.record(firstTokenMs / 1_000, attributes);
        if (nanoUsd !== null && nanoUsd > 0)
          cost.add(nanoUsd / 1e9, { ...attributes, [names.currency]: "USD", [names.costSource]: entry.priceSource });
      }
      for (const { strategy, avoidedNanoUsd } of savings) {
        if (avoidedNanoUsd !== 0) avoided.add(avoidedNanoUsd / 1e9, { [names.strategy]: strategy });
      }
    },
    async close() {
      // The meter is the caller's.
    },
  };
}
