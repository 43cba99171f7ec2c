import type { CacheEntry, EntryFilter } from "../cache-store.ts";

/** Whether an entry meets every condition of the filter. */
export function matchesFilter(
  entry: Pick<CacheEntry, "id" | "partition" | "scope" | "model" | "tags" | "createdAt">,
  { ids, partition, scope, model, tags, createdBefore }: EntryFilter,
): boolean {
  return (
    (partition === undefined || entry.partition === partition) &&
    (scope === undefined || entry.scope === scope) &&
    (model === undefined || entry.model === model) &&
    (createdBefore === undefined || entry.createdAt < createdBefore) &&
    (ids === undefined || ids.includes(entry.id)) &&
    (tags === undefined || tags.some((tag) => entry.tags.includes(tag)))
  );
}
