import { scriptedEmbeddings } from "@langthrift/test-helpers";
import { chatModelSuite } from "@langthrift/test-helpers/chat-model-suite";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createThriftyModel } from "./index.ts";

const runner = { test: it, expect, beforeAll, beforeEach, afterAll };

/** No two texts alike, so that only a repeated question is served from the cache. */
const embeddings = () =>
  scriptedEmbeddings((text) =>
    [...createHash("sha256").update(text).digest()].flatMap((byte) => [byte & 15, byte >> 4]).map((part) => part - 7.5),
  );

describe("createThriftyModel with every filter", () => {
  chatModelSuite({
    ...runner,
    create: (client) =>
      createThriftyModel({
        strong: client({ model: "gpt-4o" }),
        cheap: client({ model: "gpt-4o-mini" }),
        scope: "suite",
        embeddings: embeddings(),
        history: {},
        compress: true,
        budgets: [{ id: "all", limitUsd: 1, window: { kind: "calendar", unit: "month" } }],
        logger: false,
      }).model,
  });
});

describe("createThriftyModel with the cache alone", () => {
  chatModelSuite({
    ...runner,
    create: (client) => createThriftyModel({ strong: client(), scope: "suite", embeddings: embeddings(), logger: false }).model,
  });
});
