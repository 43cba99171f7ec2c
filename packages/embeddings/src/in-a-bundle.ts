/** Begins the sentence for those whose bundler took the code and left the files; it ends with the options that say where they are. */
export const IN_A_BUNDLE = 'In a bundled app, keep "@langthrift/embeddings" external';
