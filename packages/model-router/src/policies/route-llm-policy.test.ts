import { InvalidOptionError, routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { scriptedEmbeddings } from "@langthrift/test-helpers";
import { OpenAIEmbeddings } from "@langchain/openai";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { twoModels } from "../__fixtures__/two-models.ts";
import { createModelRouter } from "../model-router.ts";
import { readRouteLlmCheckpoint } from "./route-llm-checkpoint.ts";
import { routeLlmPolicy, type RouteLlmPolicyOptions } from "./route-llm-policy.ts";
import { readSafetensors } from "./safetensors.ts";

const server = await startModelServer();
afterAll(() => server.close());

interface Written {
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly data: Uint8Array;
}

const f32 = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const tensor = (shape: readonly number[], values: readonly number[]): Written => ({ shape, data: f32(values) });

/** Writes a safetensors file; the header may be changed before it is written. */
function write(
  tensors: Readonly<Record<string, Written>>,
  change: (header: Record<string, unknown>) => unknown = (header) => header,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let at = 0;
  for (const [name, { shape, dtype = "F32", data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    at += data.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(change(header)));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.from([...length, ...json, ...Object.values(tensors).flatMap(({ data }) => [...data])]);
}

/** Two models in two dimensions, texts in three. */
const parts = {
  // Unit rows: (.6, .8) and (1, 0).
  "P.weight": tensor([2, 2], [3, 4, 2, 0]),
  "text_proj.0.weight": tensor([2, 3], [1, 0, 2, 0, 1, -1]),
  "classifier.0.weight": tensor([1, 2], [0.5, 2]),
};
/*
 * By hand, for e = (1, 2, 0.5): T e = (1 + 1, 2 - 0.5) = (2, 1.5).
 * Model 0: .5 × .6 × 2 + 2 × .8 × 1.5 = .6 + 2.4 = 3. Model 1: .5 × 1 × 2 + 0 = 1.
 * Win rate of 0 over 1: 1 / (1 + e^-(3 - 1)) = .880797.
 */
const embedding = [1, 2, 0.5];
const winRate = 0.8807970779778823;

describe("readRouteLlmCheckpoint", () => {
  it("gives the win rate that was worked out by hand", () => {
    const model = readRouteLlmCheckpoint(write(parts));
    expect([model.modelCount, model.textDimensions]).toEqual([2, 3]);
    expect(model.winRate(embedding, 0, 1)).toBeCloseTo(winRate, 7);
    expect(model.winRate(embedding, 1, 0)).toBeCloseTo(1 - winRate, 7);
    expect(model.winRate(embedding, 1, 1)).toBe(0.5);
  });

  it("takes a checkpoint without a projection", () => {
    const { "text_proj.0.weight": _, ...rest } = parts;
    const model = readRouteLlmCheckpoint(write(rest));
    expect(model.winRate([2, 1.5], 0, 1)).toBeCloseTo(winRate, 7);
  });

  it.each([
    ["F64", new Uint8Array(Float64Array.from([0.5, 2]).buffer)],
    // 0.5 and 2 as binary16 and as bfloat16.
    ["F16", new Uint8Array(Uint16Array.from([0x3800, 0x4000]).buffer)],
    ["BF16", new Uint8Array(Uint16Array.from([0x3f00, 0x4000]).buffer)],
  ])("reads %s", (dtype, data) => {
    const model = readRouteLlmCheckpoint(write({ ...parts, "classifier.0.weight": { shape: [1, 2], dtype, data } }));
    expect(model.winRate(embedding, 0, 1)).toBeCloseTo(winRate, 7);
  });

  it("says in one sentence what is wrong with a checkpoint", () => {
    for (const [bytes, message] of [
      [new Uint8Array(3), "3 bytes, which is too few"],
      [Uint8Array.from([...new Uint8Array(7).fill(255), 0, 1]), "its header should have"],
      [Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff]), "its header is not JSON"],
      [write(parts, () => [1]), "its header is not a JSON object"],
      [write(parts, (header) => ({ ...header, "P.weight": 7 })), 'tensor "P.weight" has no dtype'],
      [write(parts, (header) => ({ ...header, "P.weight": { ...(header["P.weight"] as object), shape: [-1] } })), "no valid shape"],
      [
        write(parts, (header) => ({ ...header, "P.weight": { ...(header["P.weight"] as object), data_offsets: [0] } })),
        "no valid data_offsets",
      ],
      [
        write(parts, (header) => ({ ...header, "P.weight": { ...(header["P.weight"] as object), shape: [2, 3] } })),
        "16 bytes for 6 values",
      ],
      [write(parts).subarray(0, write(parts).length - 4), "4 bytes behind the end"],
      [write({ "P.weight": parts["P.weight"] }), 'no tensor "classifier.0.weight"'],
      [write({ ...parts, "P.weight": tensor([4], [1, 2, 3, 4]) }), "where a matrix is needed"],
      [write({ ...parts, "classifier.0.weight": tensor([2, 1], [1, 2]) }), "classifier of 2 × 1"],
      [write({ ...parts, "text_proj.0.weight": tensor([3, 2], [1, 2, 3, 4, 5, 6]) }), "projects texts to 3"],
      ["model.safetensors" as unknown as Uint8Array, "not a Uint8Array"],
    ] as const) {
      let error: unknown;
      try {
        readRouteLlmCheckpoint(bytes);
      } catch (caught) {
        error = caught;
      }
      expect(InvalidOptionError.isInstance(error)).toBe(true);
      expect((error as Error).message).toContain(message);
    }
  });

  it("never fails otherwise, whatever the bytes, and whatever part of a good file is damaged", () => {
    const good = write(parts);
    const read = (bytes: Uint8Array) => {
      try {
        readRouteLlmCheckpoint(bytes).winRate(embedding, 0, 1);
      } catch (error) {
        if (!InvalidOptionError.isInstance(error)) expect((error as Error).message).toContain("The embedding has");
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => read(bytes)),
      { seed: 1 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
        (changes, cut) => {
          const copy = Uint8Array.from(good);
          for (const [at, value] of changes) copy[at] = value;
          read(copy);
          read(copy.subarray(0, cut));
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it("reads back what was written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.float({ noNaN: true }), { maxLength: 6 }), { maxKeys: 5 }), (lists) => {
        const { __metadata__: _, ...named } = lists;
        const tensors = readSafetensors(
          write(Object.fromEntries(Object.entries(named).map(([name, values]) => [name, tensor([values.length], values)]))),
        );
        for (const [name, values] of Object.entries(named)) expect(tensors.get(name)?.values).toEqual(Float32Array.from(values));
      }),
      { seed: 3 },
    );
  });
});

describe("routeLlmPolicy", () => {
  const policy = (options: Partial<RouteLlmPolicyOptions> = {}) =>
    routeLlmPolicy({
      checkpoint: write(parts),
      embeddings: scriptedEmbeddings(() => embedding),
      strong: "strong",
      weak: "cheap",
      threshold: 0.5,
      strongIndex: 0,
      weakIndex: 1,
      ...options,
    });

  it.each([
    [0.88, "strong", "win rate reaches the threshold"],
    [0.89, "cheap", "win rate below the threshold"],
  ])("with the threshold %s picks %s and explains it", async (threshold, model, reason) => {
    const router = createModelRouter({ candidates: twoModels(server), policy: policy({ threshold }), logger: false });
    expect(routingMark(await router.invoke("x"))).toMatchObject({
      model,
      reason,
      policy: "route-llm",
      threshold,
      score: expect.closeTo(winRate, 7),
    });
  });

  it("reads a real embedding model over HTTP, and leaves it to the default when the dimensions do not fit", async () => {
    const embeddings = new OpenAIEmbeddings({ model: "text-embedding-3-small", apiKey: "any", configuration: { baseURL: server.url } });
    const text = await embeddings.embedQuery("x");
    const wide = write({ ...parts, "text_proj.0.weight": tensor([2, text.length], [...text, ...text]) });
    const router = (checkpoint: Uint8Array) =>
      createModelRouter({
        candidates: twoModels(server),
        policy: policy({ checkpoint, embeddings, timeoutMs: 30_000 }),
        default: "cheap",
        logger: false,
      });
    expect((await router(wide).explain("x")).score).toBeGreaterThan(0.5);
    expect(await router(write(parts)).explain("x")).toMatchObject({ model: "cheap", reason: "policy-failed" });
  });

  it.each([
    [{ threshold: 2 }, "threshold"],
    [{ strongIndex: 2 }, "strongIndex"],
    [{ weakIndex: -1 }, "weakIndex"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ checkpoint: new Uint8Array(0) }, "checkpoint"],
  ])("refuses %o", (options, message) => {
    expect(() => policy(options)).toThrow(message);
  });
});
