import type { OriginalStore } from "./original-store.ts";
import type { SuiteRunner } from "../testing/suite-runner.ts";

/** Options of {@link originalStoreSuite}. */
export interface OriginalStoreSuiteOptions extends SuiteRunner {
  /** A new store that holds nothing. */
  readonly create: () => OriginalStore | Promise<OriginalStore>;
  /** Frees what `create` made. */
  readonly destroy?: (store: OriginalStore) => void | Promise<void>;
}

/**
 * What every `OriginalStore` must do, as tests for any runner. An adapter's test file is then a call of this.
 *
 * @example
 * originalStoreSuite({ test, expect, create: () => memoryOriginalStore() });
 */
export function originalStoreSuite({ test, expect, create, destroy }: OriginalStoreSuiteOptions): void {
  function check(name: string, run: (store: OriginalStore) => Promise<void>): void {
    test(name, async () => {
      const store = await create();
      try {
        await run(store);
      } finally {
        await destroy?.(store);
      }
    });
  }

  check("gives back every text as it was, and nothing for an unknown id", async (store) => {
    const texts = ["", " a\r\n\tb ", "日本 😀 שלום", '{"a": 1, "a": 2}', "x".repeat(100_000)];
    for (const [index, text] of texts.entries()) await store.set(`id-${index}`, text);
    for (const [index, text] of texts.entries()) expect(await store.get(`id-${index}`)).toBe(text);
    expect(await store.get("id-99")).toBe(undefined);
    expect(await store.get("")).toBe(undefined);
  });

  check("replaces the text of a known id, and of no other", async (store) => {
    await store.set("a", "first");
    await store.set("b", "other");
    await store.set("a", "second");
    expect(await store.get("a")).toBe("second");
    expect(await store.get("b")).toBe("other");
  });

  check("takes ids that mean something elsewhere", async (store) => {
    const ids = ["__proto__", "constructor", "a:b*?", "../x", "id 1"];
    await Promise.all(ids.map((id) => store.set(id, `text of ${id}`)));
    for (const id of ids) expect(await store.get(id)).toBe(`text of ${id}`);
  });
}
