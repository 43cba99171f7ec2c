// The weights are files, which a bundle leaves behind: it must say so, and find them where it is told.
import { MiniLMEmbeddings, StaticEmbeddings } from "@langthrift/embeddings";

const modelDirectory = process.argv[2];
for (const embeddings of [new MiniLMEmbeddings(), new StaticEmbeddings()]) {
  const said = await embeddings.embedQuery("hello").then(
    () => "nothing",
    (error) => error.message,
  );
  if (!/keep "@langthrift\/embeddings" external or pass `(?:modelDirectory|tablePath)`/.test(said)) throw new Error(`It says: ${said}`);
}
const vector = await new MiniLMEmbeddings({ modelDirectory }).embedQuery("hello");
if (vector.length !== 384) throw new Error(`The vector has ${vector.length} numbers.`);
