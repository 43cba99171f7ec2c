declare module "stopword" {
  export function removeStopwords(words: readonly string[]): string[];
}
