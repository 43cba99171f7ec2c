// oxlint-disable-next-line no-control-regex -- the range has to begin with the control characters: they are ASCII too
const beyondAscii = /[^\u0000-\u007f]/;

/** Patterns without the Unicode flag are several times faster, and most English text allows them. */
export function isAscii(text: string): boolean {
  return !beyondAscii.test(text);
}
