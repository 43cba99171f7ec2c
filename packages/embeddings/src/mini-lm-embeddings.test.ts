import { expect, it } from "vitest";
import { defaultEmbeddings } from "./default-embeddings.ts";

it("gives unit vectors that put a paraphrase nearest", async () => {
  const [a, b, c] = (await defaultEmbeddings().embedDocuments([
    "How do I reset my PIN?",
    "I want to change my PIN",
    "Where is my order?",
  ])) as [number[], number[], number[]];
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, index) => sum + value * (y[index] as number), 0);
  expect(a).toHaveLength(384);
  expect(dot(a, a)).toBeCloseTo(1, 6);
  expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.2);
});
