import { StaticEmbeddings } from "@langthrift/embeddings";
import { startModelServer } from "@langthrift/model-server";
import { routingMark } from "@langthrift/core";
import { scriptedEmbeddings } from "@langthrift/test-helpers";
import { afterAll, describe, expect, it } from "vitest";
import { syntheticRows } from "../__fixtures__/synthetic-rows.ts";
import { twoModels } from "../__fixtures__/two-models.ts";
import { createModelRouter } from "../model-router.ts";
import { trainedPolicy } from "../policies/trained-policy.ts";
import { crossPredict } from "./cross-predict.ts";
import { evaluateRouter } from "./evaluate-router.ts";
import { loadRouter, predictRows } from "./load-router.ts";
import { embedRows } from "./row-embeddings.ts";
import { trainRouter, type TrainRouterOptions } from "./train-router.ts";

const embeddings = new StaticEmbeddings();
const renamed = (count: number, seed: number) =>
  syntheticRows(count, { seed }).map(({ scores, ...row }) => ({ ...row, scores: { cheap: scores["weak"]!, strong: scores["strong"]! } }));
const train = renamed(240, 1);
const test = renamed(200, 2);
const embedded = await embedRows(train, embeddings);

describe.each<TrainRouterOptions>([
  { kind: "linear", vectorizer: "both" },
  { kind: "linear", vectorizer: "embeddings" },
  { kind: "knn", vectorizer: "embeddings" },
  { kind: "cluster", vectorizer: "embeddings" },
  { kind: "ensemble", vectorizer: "both" },
])("a router that reads embeddings: $kind, $vectorizer", (options) => {
  const artifact = trainRouter(train, { ...options, embedded });

  it("learns from them, survives JSON and predicts the same", async () => {
    const router = loadRouter(artifact);
    const predictions = await predictRows(router, test, embeddings);
    expect(evaluateRouter(predictions, test, { resamples: 50 }).apgr!.router).toBeGreaterThan(0.65);
    const copy = loadRouter(JSON.parse(JSON.stringify(artifact)));
    expect(await predictRows(copy, test.slice(0, 5), embeddings)).toEqual(predictions.slice(0, 5));
  });

  it("says what is missing, and what is not what it was trained with", async () => {
    const router = loadRouter(artifact);
    expect(() => router.predict("Tell me about the capital.")).toThrow("trained with embeddings");
    expect(() => router.predict("Tell me about the capital.", [1, 2])).toThrow("has 2 numbers; the router was trained on 256");
    expect(() => trainedPolicy(artifact)).toThrow("Pass the same ones as `embeddings`");
    const others = scriptedEmbeddings((text) => Array.from({ length: 256 }, (_, at) => (at * text.length) % 7));
    await expect(predictRows(router, test, others)).rejects.toThrow("not the embeddings that the router was trained with");
    expect(() => trainRouter(train.slice(1), { ...options, embedded })).toThrow("240 embeddings for 239 rows");
  });
});

it("is cross-validated on the embeddings of the rows", () => {
  expect(evaluateRouter(crossPredict(train, { embedded, folds: 3 }), train, { resamples: 50 }).verdict).toBe("better than length");
});

describe("in a router", async () => {
  const server = await startModelServer();
  afterAll(() => server.close());

  it("waits for the embedding and picks; where the embeddings fail or are others, the default answers", async () => {
    const artifact = trainRouter(train, { vectorizer: "embeddings", embedded });
    let down = false;
    const flaky = scriptedEmbeddings(() => []);
    const source = {
      embedQuery: (text: string) => (down ? Promise.reject(new Error("down")) : embeddings.embedQuery(text)),
      embedDocuments: (texts: string[]) => (down ? Promise.reject(new Error("down")) : embeddings.embedDocuments(texts)),
    };
    const options = { candidates: twoModels(server), default: "strong", logger: false as const, decideTimeoutMs: 60_000 };
    const policy = trainedPolicy(artifact, { lambda: 60, embeddings: source });
    const router = createModelRouter({ ...options, policy });
    const easy = "Tell me about the capital and the weather of case 7.";
    down = true;
    expect(routingMark(await router.invoke(easy))?.model).toBe("strong");
    down = false;
    expect(routingMark(await router.invoke(easy))?.model).toBe("cheap");
    expect(routingMark(await router.invoke("Tell me about the theorem and the integral of case 7."))?.model).toBe("strong");
    const wrong = createModelRouter({ ...options, policy: trainedPolicy(artifact, { lambda: 60, embeddings: flaky }) });
    expect(routingMark(await wrong.invoke(easy))?.model).toBe("strong");
  });
});
