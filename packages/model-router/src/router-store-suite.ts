import type { JsonValue } from "@langthrift/core";
import type { RouterStore } from "./router-store.ts";

/** Options of {@link routerStoreSuite}. */
export interface RouterStoreSuiteOptions {
  /** The runner's `test` or `it`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** The runner's `expect`; only these matchers are used. */
  readonly expect: (value: unknown) => { toBe(expected: unknown): void; toEqual(expected: unknown): void };
  /** A store; the suite uses fresh keys. */
  readonly create: () => RouterStore | Promise<RouterStore>;
  /** Called after each test. @default nothing */
  readonly destroy?: (store: RouterStore) => void | Promise<void>;
  /** The store's clock, ms since epoch. @default Date.now */
  readonly now?: () => number;
  /** Lets the store's clock go on. @default waits in real time */
  readonly advance?: (ms: number) => void | Promise<void>;
}

const MINUTE = 60_000;
let suites = 0;

/** What every `RouterStore` must do. */
export function routerStoreSuite({
  test,
  expect,
  create,
  destroy,
  now = Date.now,
  advance = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}: RouterStoreSuiteOptions): void {
  function check(name: string, run: (store: RouterStore, key: (name: string) => string) => Promise<void>): void {
    test(name, async () => {
      const store = await create();
      suites += 1;
      const suite = `suite-${process.pid}-${Date.now()}-${suites}`;
      try {
        await run(store, (key) => `${suite}:${key}`);
      } finally {
        await destroy?.(store);
      }
    });
  }

  check("knows nothing of a new key, and deletes it without complaint", async (store, key) => {
    expect(await store.get(key("a"))).toBe(undefined);
    await store.delete(key("a"));
    expect(await store.get(key("a"))).toBe(undefined);
  });

  check("returns every kind of JSON as it was set", async (store, key) => {
    const values: JsonValue[] = [
      "model",
      "",
      'Zürich 東京 🙂 "{}" $& \u0000',
      0,
      -1.5,
      true,
      null,
      [1, [2]],
      { a: { b: null }, "c d": [] },
    ];
    for (const [index, value] of values.entries()) await store.set(key(String(index)), value, now() + MINUTE);
    for (const [index, value] of values.entries()) expect(await store.get(key(String(index)))).toEqual(value);
  });

  check("keeps keys apart, whatever their names", async (store, key) => {
    const names = ["a", "a:b", "a b", "{a}", "a*", "A", "é", "a\n"];
    for (const name of names) await store.set(key(name), name, now() + MINUTE);
    for (const name of names) expect(await store.get(key(name))).toBe(name);
    await store.delete(key("a"));
    expect(await store.get(key("a"))).toBe(undefined);
    expect(await store.get(key("a:b"))).toBe("a:b");
  });

  check("never returns what has expired, and takes what is past without keeping it", async (store, key) => {
    await store.set(key("soon"), "x", now() + 120);
    await store.set(key("past"), "x", now() - 1);
    await store.set(key("replaced"), "x", now() + MINUTE);
    await store.set(key("replaced"), "y", now() - 1);
    expect(await store.get(key("past"))).toBe(undefined);
    expect(await store.get(key("replaced"))).toBe(undefined);
    await advance(200);
    expect(await store.get(key("soon"))).toBe(undefined);
  });

  check("a later set replaces the value and the expiry", async (store, key) => {
    await store.set(key("a"), "x", now() + 120);
    await store.set(key("a"), "y", now() + MINUTE);
    await advance(200);
    expect(await store.get(key("a"))).toBe("y");
  });

  check("adds from 0 and returns the sum, also over 2^32 and below 0", async (store, key) => {
    expect(await store.add(key("n"), 3, now() + MINUTE)).toBe(3);
    expect(await store.add(key("n"), 2 ** 40, now() + MINUTE)).toBe(2 ** 40 + 3);
    expect(await store.add(key("n"), 2 ** 52, now() + MINUTE)).toBe(2 ** 52 + 2 ** 40 + 3);
    expect(await store.get(key("n"))).toBe(2 ** 52 + 2 ** 40 + 3);
    expect(await store.add(key("m"), -5, now() + MINUTE)).toBe(-5);
  });

  check("adds to a number that was set, and takes anything else for 0", async (store, key) => {
    await store.set(key("n"), 7, now() + MINUTE);
    expect(await store.add(key("n"), 1, now() + MINUTE)).toBe(8);
    await store.set(key("t"), "text", now() + MINUTE);
    expect(await store.add(key("t"), 1, now() + MINUTE)).toBe(1);
  });

  check("an addition does not extend the expiry, and begins anew after it", async (store, key) => {
    await store.add(key("n"), 1, now() + 150);
    await store.add(key("n"), 1, now() + MINUTE);
    await advance(250);
    expect(await store.get(key("n"))).toBe(undefined);
    expect(await store.add(key("n"), 5, now() + MINUTE)).toBe(5);
  });

  check("loses no addition of a hundred at once", async (store, key) => {
    const sums = await Promise.all(Array.from({ length: 100 }, () => store.add(key("n"), 1, now() + MINUTE)));
    expect(sums.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  check("does not share its objects with the caller", async (store, key) => {
    const value = { list: [1] };
    await store.set(key("a"), value, now() + MINUTE);
    value.list.push(2);
    expect(await store.get(key("a"))).toEqual({ list: [1] });
    ((await store.get(key("a"))) as { list: number[] }).list.push(3);
    expect(await store.get(key("a"))).toEqual({ list: [1] });
  });
}
