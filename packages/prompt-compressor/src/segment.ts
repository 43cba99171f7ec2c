/** What a part of a prompt is for; it decides which stages may touch it. */
export type SegmentKind = "instruction" | "question" | "context" | "tool-output" | "history" | "code" | "json" | "table" | "text";

/** A part of a prompt. */
export interface Segment {
  /** Comes back unchanged in `CompressResult.segments`. */
  readonly id?: string;
  readonly kind: SegmentKind;
  readonly text: string;
  /** Fraction of the tokens to keep of this segment, above 0 and at most 1; it then has a budget of its own. */
  readonly rate?: number;
  /** `false`: not a byte of it changes. @default true */
  readonly compress?: boolean;
  /** BCP 47 primary subtag. @default "en" */
  readonly language?: string;
}

/** A text alone is one segment of kind `text`. */
export function toSegments(input: string | readonly Segment[]): readonly Segment[] {
  return typeof input === "string" ? [{ kind: "text", text: input }] : input;
}

/** Between segments in the text of a result. */
export const SEGMENT_SEPARATOR = "\n\n";

export function joinSegments(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text).join(SEGMENT_SEPARATOR);
}
