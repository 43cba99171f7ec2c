import type { Segment, SegmentKind } from "../segment.ts";

/** Shorter paragraphs of a user's message are taken for what is asked, not for what it is asked about. */
const MIN_CONTEXT_CHARACTERS = 320;

/**
 * Parts a user's message into what is said to the model and what is handed over to read. Only long paragraphs, and short ones between them, are
 * context; a short message, and the short paragraphs around the context, are instructions that lossy stages leave alone.
 */
export function humanSegments(text: string): Segment[] {
  const paragraphs = text.split("\n\n");
  const long = paragraphs.map((paragraph) => paragraph.length >= MIN_CONTEXT_CHARACTERS);
  const first = long.indexOf(true);
  const last = long.lastIndexOf(true);
  if (first === -1) return [{ kind: "instruction", text }];
  const group = (from: number, to: number, kind: SegmentKind): Segment[] =>
    from < to ? [{ kind, text: paragraphs.slice(from, to).join("\n\n") }] : [];
  return [...group(0, first, "instruction"), ...group(first, last + 1, "context"), ...group(last + 1, paragraphs.length, "question")];
}

/** What a user's message asks: its last short paragraph, else its first. */
export function questionIn(text: string): string | undefined {
  const segments = humanSegments(text);
  return [...segments].reverse().find(({ kind }) => kind !== "context")?.text;
}
