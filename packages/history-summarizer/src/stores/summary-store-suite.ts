import type { HistorySummary } from "../engine/history-summary.ts";
import type { SummaryStore } from "./summary-store.ts";

/** Options of {@link summaryStoreSuite}. */
export interface SummaryStoreSuiteOptions {
  /** The runner's `test` or `it`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** The runner's `expect`; only these matchers are used. */
  readonly expect: (value: unknown) => { toBe(expected: unknown): void; toEqual(expected: unknown): void };
  /** A store; the suite uses fresh session names. */
  readonly create: () => SummaryStore | Promise<SummaryStore>;
  /** Called after each test. @default nothing */
  readonly destroy?: (store: SummaryStore) => void | Promise<void>;
}

let sessions = 0;

/** What every `SummaryStore` must do. Expects atomic compare-and-set only of stores that claim it. */
export function summaryStoreSuite({ test, expect, create, destroy }: SummaryStoreSuiteOptions): void {
  function check(name: string, run: (store: SummaryStore, session: string) => Promise<void>): void {
    test(name, async () => {
      const store = await create();
      sessions += 1;
      try {
        await run(store, `suite-${process.pid}-${Date.now()}-${sessions}`);
      } finally {
        await destroy?.(store);
      }
    });
  }

  check("knows nothing of a new session", async (store, session) => {
    expect(await store.load(session)).toBe(undefined);
    await store.delete(session);
  });

  check("returns what was set, field by field", async (store, session) => {
    const summary = summaryOf(1, {
      text: 'Zürich 東京 🙂 {"a":1} $& \u0000 end',
      facts: [{ text: "a@b.ch", label: "email" }, { text: "x" }],
    });
    expect(await store.compareAndSet(session, undefined, summary)).toBe(true);
    expect(await store.load(session)).toEqual(summary);
    expect(await store.compareAndSet(session, 1, summaryOf(2, { nanoUsd: null }))).toBe(true);
    expect((await store.load(session))?.nanoUsd).toBe(null);
  });

  check("refuses a version that is not the stored one and leaves it", async (store, session) => {
    expect(await store.compareAndSet(session, 3, summaryOf(4))).toBe(false);
    expect(await store.load(session)).toBe(undefined);
    expect(await store.compareAndSet(session, undefined, summaryOf(1))).toBe(true);
    expect(await store.compareAndSet(session, undefined, summaryOf(1, { text: "second" }))).toBe(false);
    expect(await store.compareAndSet(session, 2, summaryOf(3))).toBe(false);
    expect((await store.load(session))?.text).toBe("text 1");
  });

  check("keeps sessions apart, whatever their names", async (store, session) => {
    const names = [session, `${session}:a`, `${session} a`, `${session}{a}`, `${session}%`, `${session}'`, session.toUpperCase()];
    for (const [index, name] of names.entries()) expect(await store.compareAndSet(name, undefined, summaryOf(index + 1))).toBe(true);
    for (const [index, name] of names.entries()) expect((await store.load(name))?.version).toBe(index + 1);
    await store.delete(session);
    expect(await store.load(session)).toBe(undefined);
    expect((await store.load(`${session}:a`))?.version).toBe(2);
    for (const name of names) await store.delete(name);
  });

  check("starts afresh after delete", async (store, session) => {
    await store.compareAndSet(session, undefined, summaryOf(5));
    await store.delete(session);
    expect(await store.compareAndSet(session, 5, summaryOf(6))).toBe(false);
    expect(await store.compareAndSet(session, undefined, summaryOf(1))).toBe(true);
  });

  check("does not share its objects with the caller", async (store, session) => {
    const facts = [{ text: "kept" }];
    await store.compareAndSet(session, undefined, summaryOf(1, { facts }));
    facts.push({ text: "added later" });
    expect((await store.load(session))?.facts.length).toBe(1);
  });

  check("lets one of fifty writers win each version, where it is atomic", async (store, session) => {
    if (!store.atomic) return;
    for (let version = 1; version <= 3; version += 1) {
      const expected = version === 1 ? undefined : version - 1;
      const wins = await Promise.all(
        Array.from({ length: 50 }, (_, writer) => store.compareAndSet(session, expected, summaryOf(version, { text: `writer ${writer}` }))),
      );
      expect(wins.filter(Boolean).length).toBe(1);
      expect((await store.load(session))?.text).toBe(`writer ${wins.indexOf(true)}`);
    }
    await store.delete(session);
  });
}

function summaryOf(version: number, fields: Partial<HistorySummary> = {}): HistorySummary {
  return {
    version,
    text: `text ${version}`,
    facts: [],
    coveredUpTo: "message-9",
    coveredCount: 10,
    coveredHash: "0".repeat(64),
    tokens: 12,
    model: "model",
    nanoUsd: 1234 as NonNullable<HistorySummary["nanoUsd"]>,
    createdAt: 1_767_225_600_000,
    ...fields,
  };
}
