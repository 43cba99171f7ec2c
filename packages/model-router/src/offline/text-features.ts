const keywords =
  /\b(?:prove|proof|derive|explain|why|analy[sz]e|compare|evaluate|calculate|compute|determine|solve|step|reason|design|implement|optimi[sz]e|debug|algorithm|total|each|if|most likely|following)\b/gi;

export function textFeatures(text: string): number[] {
  // A bound on the patterns' time; the length itself is counted in full.
  const head = text.length > 20_000 ? text.slice(0, 20_000) : text;
  const words = head.match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  const lines = head.split("\n").map((line) => line.length);
  const further = lines.slice(1);
  const share = (pattern: RegExp) => (head.length === 0 ? 0 : (head.match(pattern) ?? []).length / head.length);
  const symbols = (head.match(/[^\s\p{L}\p{N}]/gu) ?? []).length;
  return [
    Math.log1p(text.length),
    Math.log1p(words.length),
    words.length === 0 ? 0 : letters / words.length,
    Math.log1p((head.match(/\p{N}+/gu) ?? []).length),
    Math.log1p((head.match(/\n/g) ?? []).length),
    (head.match(/\?/g) ?? []).length,
    (head.match(keywords) ?? []).length,
    Math.log1p((head.match(/[.!?。！？]+(?:\s|$)/gu) ?? []).length),
    head.length === 0 ? 0 : symbols / head.length,
    /\bnot\b/i.test(head) ? 1 : 0,
    /\bexcept\b/i.test(head) ? 1 : 0,
    share(/\p{N}/gu),
    share(/\p{Lu}/gu),
    Math.log1p(lines.reduce((longest, length) => Math.max(longest, length), 0)),
    Math.log1p(lines[0] ?? 0),
    Math.log1p(further.length === 0 ? 0 : further.reduce((sum, length) => sum + length, 0) / further.length),
    words.length === 0 ? 0 : new Set(words.map((word) => word.toLowerCase())).size / words.length,
    words.length === 0 ? 0 : words.filter((word) => word.length > 8).length / words.length,
    share(/[()[\]{}]/g),
    share(/[,;:]/g),
    Math.log1p((head.match(/["'“”]/g) ?? []).length),
    Math.log1p((head.match(/[=+*/^<>]/g) ?? []).length),
  ];
}
