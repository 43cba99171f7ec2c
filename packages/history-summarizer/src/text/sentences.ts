// A full stop after an initial or one of these ends no sentence.
const abbreviation = /(?:^|[\s("'“])(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|no|fig|approx|jr|sr|\p{L})\.$/iu;
const end = /[.!?…]+["'”’)\]]*(?=\s|$)|[。！？]+|\n+/gu;

/** Splits text at the ends of sentences and at line breaks; each part is trimmed, none is empty. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let from = 0;
  for (const match of text.matchAll(end)) {
    const to = match.index + match[0].length;
    const sentence = text.slice(from, to);
    if (match[0] === "." && abbreviation.test(sentence)) continue;
    if (sentence.trim() !== "") sentences.push(sentence.trim());
    from = to;
  }
  const rest = text.slice(from).trim();
  if (rest !== "") sentences.push(rest);
  return sentences;
}
