import type { CacheEntry, EntryFilter } from "../../cache-store.ts";
import { matchesFilter } from "../entry-filter.ts";
import { entryOf } from "./entry-hash.ts";
import { listOf, type SendCommand, textOf } from "./redis-client.ts";

/** The entries listed in a set of ids, for servers without an index. Ids whose entry is gone are taken off the list on the way. */
export async function* listedEntries(
  send: SendCommand,
  { idsKey, keyOf }: { readonly idsKey: string; readonly keyOf: (id: string) => string },
  filter: EntryFilter,
): AsyncIterable<CacheEntry> {
  const read = async (id: string): Promise<CacheEntry | null> => entryOf(id, await send(keyOf(id), "HGETALL", keyOf(id)));
  if (filter.ids) {
    for (const id of new Set(filter.ids)) {
      const entry = await read(id);
      if (entry && matchesFilter(entry, filter)) yield entry;
    }
    return;
  }
  // A set may name an id twice while it is being changed.
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const [next, page] = listOf(await send(idsKey, "SSCAN", idsKey, cursor, "COUNT", "500"));
    cursor = textOf(next);
    const ids = listOf(page)
      .map(textOf)
      .filter((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
    const entries = await Promise.all(ids.map(read));
    for (const [i, entry] of entries.entries()) {
      if (!entry) await send(idsKey, "SREM", idsKey, ids[i] as string);
      else if (matchesFilter(entry, filter)) yield entry;
    }
  } while (cursor !== "0");
}
