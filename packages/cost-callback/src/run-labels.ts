import { noLabels, type RunLabels } from "./cost-entry.ts";
import { labelsFromMetadata, type ResolvedLabelOptions } from "./label-options.ts";
import type { UpcomingRun } from "./recorder-types.ts";
import type { RunNode } from "./run-node.ts";

/** The labels of a run: its own tags and metadata first, then those of the runs above it. */
export function labelsOfRun(node: RunNode, options: ResolvedLabelOptions): RunLabels {
  const chain: string[] = [];
  let tags = node.tags;
  let metadata = node.metadata;
  for (let above = node.parent; above; above = above.parent) {
    if (above.name !== undefined) chain.push(above.name);
    const inherited = above.tags;
    // LangChain hands most tags and metadata down itself; only what it did not is added.
    const missing = inherited.filter((tag) => !tags.includes(tag));
    if (missing.length > 0) tags = [...tags, ...missing];
    for (const key in above.metadata) {
      if (!(key in metadata)) {
        metadata = { ...above.metadata, ...metadata };
        break;
      }
    }
  }
  return {
    rootId: node.rootId,
    ...(node.name !== undefined && { runName: node.name }),
    chain,
    tags,
    ...labelsFromMetadata(metadata, options),
  };
}

/** The labels that a run would have that has not begun. */
export function labelsOfUpcoming(
  { runId, parentId, tags = [], metadata = {} }: UpcomingRun,
  parent: RunNode | undefined,
  options: ResolvedLabelOptions,
): RunLabels {
  const above = parent && labelsOfRun(parent, options);
  return {
    ...above,
    rootId: above?.rootId ?? parentId ?? runId,
    chain: parent?.name === undefined ? (above?.chain ?? []) : [parent.name, ...(above?.chain ?? [])],
    tags: [...new Set([...tags, ...(above?.tags ?? [])])],
    ...labelsFromMetadata(parent ? { ...parent.metadata, ...metadata } : metadata, options),
  };
}

/** The labels of a cost or an event that is no run: its own after those of the run it belongs to, where that is known. */
export function labelsOfOwn(
  {
    tags = [],
    metadata,
  }: { readonly tags?: readonly string[] | undefined; readonly metadata?: Readonly<Record<string, unknown>> | undefined },
  node: RunNode | undefined,
  options: ResolvedLabelOptions,
): RunLabels {
  const base = node ? labelsOfRun(node, options) : noLabels;
  return {
    ...base,
    ...(metadata && labelsFromMetadata(metadata, options)),
    tags: [...base.tags, ...tags.filter((tag) => !base.tags.includes(tag))],
  };
}
