import { scriptedEmbeddings } from "@langthrift/test-helpers";
import { chatModelSuite } from "@langthrift/test-helpers/chat-model-suite";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SemanticCache, thresholdPolicy, withSemanticCache } from "./index.ts";

/** No two texts alike, so that only a repeated question is served from the cache. */
const embeddings = () =>
  scriptedEmbeddings((text) =>
    [...createHash("sha256").update(text).digest()].flatMap((byte) => [byte & 15, byte >> 4]).map((part) => part - 7.5),
  );

describe("a model behind the cache", () => {
  chatModelSuite({
    test: it,
    expect,
    beforeAll,
    beforeEach,
    afterAll,
    create: (client) =>
      withSemanticCache(
        client(),
        new SemanticCache({ embeddings: embeddings(), scope: "suite", policy: thresholdPolicy({ minSimilarity: 0.95 }), logger: false }),
      ),
  });
});
