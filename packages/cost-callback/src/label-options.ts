import type { JsonValue } from "@langthrift/core";
import type { RunLabels } from "./cost-entry.ts";

/** Where a run's labels come from: keys of its `metadata`, its own or inherited. The first key that has a value wins. */
export interface LabelOptions {
  /** @default ["userId", "user_id", "user"] */
  readonly user?: readonly string[];
  /** @default ["sessionId", "session_id", "thread_id", "conversationId"] */
  readonly session?: readonly string[];
  /** @default ["tenant", "tenantId", "tenant_id"] */
  readonly tenant?: readonly string[];
  /** @default ["feature"] */
  readonly feature?: readonly string[];
  /**
   * Further keys to keep and to group by, as `metadata:KEY`. Only these leave a run's metadata, which may hold what is nobody's business.
   * @default []
   */
  readonly metadata?: readonly string[];
}

export type ResolvedLabelOptions = Required<LabelOptions>;

export function resolveLabelOptions({
  user = ["userId", "user_id", "user"],
  session = ["sessionId", "session_id", "thread_id", "conversationId"],
  tenant = ["tenant", "tenantId", "tenant_id"],
  feature = ["feature"],
  metadata = [],
}: LabelOptions = {}): ResolvedLabelOptions {
  return { user, session, tenant, feature, metadata };
}

/** The labels that a run's metadata gives. */
export function labelsFromMetadata(
  metadata: Readonly<Record<string, unknown>>,
  options: ResolvedLabelOptions,
): Pick<RunLabels, "userId" | "sessionId" | "tenant" | "feature" | "step" | "metadata"> {
  const labels: { -readonly [K in keyof RunLabels]?: RunLabels[K] } = {};
  const userId = firstText(metadata, options.user);
  if (userId !== undefined) labels.userId = userId;
  const sessionId = firstText(metadata, options.session);
  if (sessionId !== undefined) labels.sessionId = sessionId;
  const tenant = firstText(metadata, options.tenant);
  if (tenant !== undefined) labels.tenant = tenant;
  const feature = firstText(metadata, options.feature);
  if (feature !== undefined) labels.feature = feature;
  const step = metadata["langgraph_node"];
  if (typeof step === "string" && step !== "") labels.step = step;
  if (options.metadata.length > 0) {
    const kept: Record<string, JsonValue> = {};
    for (const key of options.metadata) {
      const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
      if (typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
        kept[key] = value;
    }
    labels.metadata = kept;
  }
  return labels;
}

function firstText(metadata: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = metadata[key];
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}
