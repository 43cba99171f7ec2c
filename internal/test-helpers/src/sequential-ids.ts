/** "id-1", "id-2", …; fits `newId?: () => string`. */
export function sequentialIds(prefix: string = "id"): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
}
