/**
 * Keeps texts that were shortened, whole. An id is given out by the middleware, cannot be guessed, and stands for one text for good; whoever knows it may
 * read the text, so a store can be shared. How long a text is kept is the store's own affair: one that is gone is `undefined`.
 */
export interface OriginalStore {
  /** Setting a known id again replaces its text. A rejection leaves the tool's result unshortened. */
  set(id: string, text: string): Promise<void>;
  /** `undefined`: never kept, or gone. */
  get(id: string): Promise<string | undefined>;
}

/** Options of {@link memoryOriginalStore}. */
export interface MemoryOriginalStoreOptions {
  /** Of all texts together; the least recently used go first. A longer text is kept alone. @default 16_000_000 */
  readonly maxCharacters?: number;
}

/** In the process. */
export function memoryOriginalStore({ maxCharacters = 16_000_000 }: MemoryOriginalStoreOptions = {}): OriginalStore {
  const texts = new Map<string, string>();
  let characters = 0;
  return {
    async set(id, text) {
      characters += text.length - (texts.get(id)?.length ?? 0);
      texts.delete(id);
      texts.set(id, text);
      for (const [oldest, { length }] of texts) {
        if (characters <= maxCharacters || texts.size === 1) break;
        texts.delete(oldest);
        characters -= length;
      }
    },
    async get(id) {
      const text = texts.get(id);
      if (text !== undefined) {
        texts.delete(id);
        texts.set(id, text);
      }
      return text;
    },
  };
}
