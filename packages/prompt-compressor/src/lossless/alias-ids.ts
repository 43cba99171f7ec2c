import type { Block } from "../text/blocks.ts";
import type { Edit } from "../text/edit.ts";
import type { PieceCounter } from "../text/count-pieces.ts";

const longId =
  /(?<![\p{L}\p{N}_])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24,64}|https?:\/\/[^\s<>"')\]]{24,400})(?![\p{L}\p{N}_])/giu;

/**
 * Long ids (UUIDs, digests, addresses) that come back often get a short name at their first place: `550e8400-…-0000 (=@1)`, then `@1`.
 * A model that repeats one has to be read through `expandAliases`.
 */
export function aliasIds(text: string, blocks: readonly Block[], counter: PieceCounter, aliases: Map<string, string>): Edit[] {
  // A text that already writes @1 would be misread.
  if (/@\d/.test(text)) return [];
  const places = new Map<string, number[]>();
  longId.lastIndex = 0;
  for (let match = longId.exec(text); match !== null; match = longId.exec(text)) {
    const at = match.index;
    if (blocks.some(({ kind, start, end }) => kind === "fence" && at >= start && at < end)) continue;
    const list = places.get(match[0]);
    if (list) list.push(at);
    else places.set(match[0], [at]);
  }
  const edits: Edit[] = [];
  for (const [id, starts] of places) {
    const known = aliases.get(id);
    const alias = known ?? `@${aliases.size + 1}`;
    const definition = ` (=${alias})`;
    const saved = (starts.length - (known ? 0 : 1)) * (counter.count(id) - counter.count(alias)) - (known ? 0 : counter.count(definition));
    if (saved <= 0) continue;
    aliases.set(id, alias);
    for (const [index, start] of starts.entries()) {
      const end = start + id.length;
      edits.push(index === 0 && !known ? { start: end, end, text: definition } : { start, end, text: alias });
    }
  }
  return edits;
}
