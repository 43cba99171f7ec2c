/** What became of one text. `text` is absent where it stays as it is. */
export interface MemoEntry {
  readonly text?: string;
  readonly savedTokens: number;
}

/** Remembers results, so that a text that was sent once is sent as the same bytes again. */
export interface CompressionMemo {
  /** `undefined`: not known, or forgotten. */
  get(key: string): MemoEntry | undefined;
  /** Remembers what became of a text. */
  set(key: string, entry: MemoEntry): void;
}

/** In the process, least recently used first out: at most `maxEntries` texts (10,000) of `maxCharacters` characters in all (16 million). */
export function memoryMemo({
  maxCharacters = 16_000_000,
  maxEntries = 10_000,
}: { readonly maxCharacters?: number; readonly maxEntries?: number } = {}): CompressionMemo {
  const entries = new Map<string, MemoEntry>();
  let characters = 0;
  const sizeOf = ({ text }: MemoEntry): number => text?.length ?? 0;
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry) {
        entries.delete(key);
        entries.set(key, entry);
      }
      return entry;
    },
    set(key, entry) {
      const known = entries.get(key);
      if (known) characters -= sizeOf(known);
      entries.delete(key);
      entries.set(key, entry);
      characters += sizeOf(entry);
      for (const [oldest, { text }] of entries) {
        if (entries.size <= maxEntries && characters <= maxCharacters) break;
        entries.delete(oldest);
        characters -= text?.length ?? 0;
      }
    },
  };
}
