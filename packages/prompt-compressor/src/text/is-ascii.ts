// oxlint-disable-next-line no-control-regex
const beyondAscii = /[^\u0000-\u007f]/;

/** Patterns without the Unicode flag are several times faster, and most English text allows them. */
export function isAscii(text: string): boolean {
  return !beyondAscii.test(text);
}
