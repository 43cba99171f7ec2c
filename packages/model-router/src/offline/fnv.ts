/** FNV-1a over UTF-16 code units, 32 bits; `seed` goes on where another text ended. */
export function fnv(text: string, seed: number = 0x811c9dc5): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
