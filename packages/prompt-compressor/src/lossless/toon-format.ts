import { minifiedJson, type TableFormat } from "./table-format.ts";

/** What is used of `@toon-format/toon` 4. */
export interface ToonModule {
  encode(value: unknown): string;
  decode(text: string): unknown;
}

/**
 * TOON, used only where decoding it gives the same JSON text: rows with duplicate keys, long integers or `1.0` stay JSON.
 *
 * ```ts
 * import * as toon from "@toon-format/toon";
 * new LosslessCompressor({ formats: [toonFormat(toon)] });
 * ```
 */
export function toonFormat(toon: ToonModule): TableFormat {
  return {
    name: "toon",
    encode(json) {
      try {
        const text = toon.encode(JSON.parse(json));
        return JSON.stringify(toon.decode(text)) === minifiedJson(json) ? text : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
