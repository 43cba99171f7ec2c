import { FakeEmbeddings, FakeVectorStore } from "@langchain/core/utils/testing";
import { describe, expect, it, test } from "vitest";
import { cacheStoreSuite } from "./cache-store-suite.ts";
import { vectorStoreAdapter } from "./vector-store-adapter.ts";

interface StoredDocument {
  readonly metadata: Record<string, unknown>;
}

function byPartition(partition: string): unknown {
  return (document: StoredDocument) => document.metadata["partition"] === partition;
}

describe("vectorStoreAdapter", () => {
  cacheStoreSuite({ test, expect, create: () => vectorStoreAdapter(new FakeVectorStore(new FakeEmbeddings()), { filter: byPartition }) });

  it("needs a filter", () => {
    const options = {} as unknown as Parameters<typeof vectorStoreAdapter>[1];
    expect(() => vectorStoreAdapter(new FakeVectorStore(new FakeEmbeddings()), options)).toThrow(/filter/);
  });
});
