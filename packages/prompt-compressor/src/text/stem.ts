/**
 * Light suffix stripping for matching question words with text words ("researched" and "researching" with "research"). It only has to make
 * equal what belongs together; its output is never shown.
 */
export function stem(word: string): string {
  let stemmed = word;
  if (stemmed.length > 3 && (stemmed.endsWith("'s") || stemmed.endsWith("’s"))) stemmed = stemmed.slice(0, -2);
  if (stemmed.length > 4 && stemmed.endsWith("ies")) return `${stemmed.slice(0, -3)}y`;
  if (stemmed.length > 4 && stemmed.endsWith("sses")) return stemmed.slice(0, -2);
  if (stemmed.length > 3 && stemmed.endsWith("s") && !stemmed.endsWith("ss") && !stemmed.endsWith("us")) stemmed = stemmed.slice(0, -1);
  if (stemmed.length > 5 && stemmed.endsWith("ing")) return undouble(stemmed.slice(0, -3));
  if (stemmed.length > 4 && stemmed.endsWith("ied")) return `${stemmed.slice(0, -3)}y`;
  if (stemmed.length > 4 && stemmed.endsWith("ed")) return undouble(stemmed.slice(0, -2));
  if (stemmed.length > 5 && stemmed.endsWith("ly")) return stemmed.slice(0, -2);
  if (stemmed.length > 4 && stemmed.endsWith("e")) return stemmed.slice(0, -1);
  return stemmed;
}

function undouble(stemmed: string): string {
  const last = stemmed.at(-1);
  if (last !== undefined && last === stemmed.at(-2) && !"lsz".includes(last)) return stemmed.slice(0, -1);
  return stemmed.endsWith("e") && stemmed.length > 4 ? stemmed.slice(0, -1) : stemmed;
}
