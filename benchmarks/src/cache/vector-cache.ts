import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TextEmbeddings {
  embedDocuments(texts: string[]): Promise<number[][]>;
}

const BATCH = 64;

/**
 * Unit vectors of the texts as rows of one array. Embedding thousands of texts takes minutes, so they are kept in the system's temporary
 * folder under a hash of the texts and of a vector made now, so that another embedding never meets old vectors.
 */
export async function embedAll(
  embeddings: TextEmbeddings,
  texts: readonly string[],
  say: (text: string) => void,
): Promise<{ vectors: Float32Array; dimension: number }> {
  const probe = (await embeddings.embedDocuments(["How do I find out which vectors these are?"]))[0]?.map((value) => value.toFixed(3));
  const digest = createHash("sha256")
    .update(JSON.stringify([probe, texts]))
    .digest("hex")
    .slice(0, 32);
  const folder = join(tmpdir(), "langthrift-bench");
  const file = join(folder, `${digest}.f32`);
  try {
    const bytes = readFileSync(file);
    const vectors = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    say(`  vectors of ${texts.length} texts taken from an earlier run`);
    return { vectors, dimension: vectors.length / texts.length };
  } catch {
    // Not there yet.
  }
  let vectors: Float32Array | undefined;
  let dimension = 0;
  for (let from = 0; from < texts.length; from += BATCH) {
    const rows = await embeddings.embedDocuments(texts.slice(from, from + BATCH));
    dimension = rows[0]?.length ?? 0;
    vectors ??= new Float32Array(texts.length * dimension);
    for (const [offset, row] of rows.entries()) vectors.set(row, (from + offset) * dimension);
    if ((from / BATCH) % 20 === 19) say(`  embedded ${from + rows.length} of ${texts.length}`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, vectors as Float32Array);
  return { vectors: vectors as Float32Array, dimension };
}
