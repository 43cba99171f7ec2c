import { InMemoryStore as KeyValueStore } from "@langchain/core/stores";
import { InMemoryStore } from "@langchain/langgraph";
import { InvalidOptionError } from "@langthrift/core";
import { DatabaseSync } from "@photostructure/sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sqliteSummaryStore } from "../sqlite.ts";
import { summaryStoreSuite } from "../testing.ts";
import { baseSummaryStore } from "./base-summary-store.ts";
import { memorySummaryStore } from "./memory-summary-store.ts";

describe("memorySummaryStore", () => {
  summaryStoreSuite({ test: it, expect, create: () => memorySummaryStore() });

  it("forgets the session unused for longest", async () => {
    const store = memorySummaryStore({ maxSessions: 2 });
    const summary = {
      version: 1,
      text: "t",
      facts: [],
      coveredCount: 1,
      coveredHash: "h",
      tokens: 1,
      model: "m",
      nanoUsd: null,
      createdAt: 0,
    };
    await store.compareAndSet("a", undefined, summary);
    await store.compareAndSet("b", undefined, summary);
    await store.load("a");
    await store.compareAndSet("c", undefined, summary);
    expect(await store.load("b")).toBeUndefined();
    expect(await store.load("a")).toBeDefined();
  });

  it("rejects a size that is none", () => {
    expect(() => memorySummaryStore({ maxSessions: 0 })).toThrow(InvalidOptionError);
  });
});

describe("baseSummaryStore over LangGraph's store", () => {
  summaryStoreSuite({ test: it, expect, create: () => baseSummaryStore(new InMemoryStore()) });
});

describe("baseSummaryStore over LangChain's key-value store", () => {
  summaryStoreSuite({ test: it, expect, create: () => baseSummaryStore(new KeyValueStore<unknown>()) });
});

describe("sqliteSummaryStore", () => {
  summaryStoreSuite({ test: it, expect, create: () => sqliteSummaryStore(new DatabaseSync(":memory:")) });

  it("resumes after a restart, and ignores a row that is no summary", async () => {
    const folder = mkdtempSync(join(tmpdir(), "summaries-"));
    try {
      const path = join(folder, "summaries.db");
      const before = new DatabaseSync(path);
      const summary = {
        version: 3,
        text: "t",
        facts: [],
        coveredCount: 1,
        coveredHash: "h",
        tokens: 1,
        model: "m",
        nanoUsd: null,
        createdAt: 0,
      };
      await sqliteSummaryStore(before).compareAndSet("a", undefined, summary);
      before.exec("INSERT INTO langthrift_history VALUES ('b', 1, 'no json')");
      before.close();
      const after = new DatabaseSync(path);
      expect(await sqliteSummaryStore(after).load("a")).toEqual(summary);
      expect(await sqliteSummaryStore(after).load("b")).toBeUndefined();
      after.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("rejects a table name that is none", () => {
    expect(() => sqliteSummaryStore(new DatabaseSync(":memory:"), { table: "a; DROP TABLE b" })).toThrow(InvalidOptionError);
  });
});
