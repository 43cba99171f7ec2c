import { isHistorySummary } from "../engine/history-summary.ts";
import type { SummaryStore } from "./summary-store.ts";

/** What is used of LangGraph's `BaseStore`. */
export interface LangGraphStoreLike {
  get(namespace: string[], key: string): Promise<{ readonly value: unknown } | null | undefined>;
  put(namespace: string[], key: string, value: Record<string, unknown>): Promise<void>;
  delete(namespace: string[], key: string): Promise<void>;
}

/** What is used of the key-value `BaseStore` of `@langchain/core/stores`. */
export interface KeyValueStoreLike {
  mget(keys: string[]): Promise<unknown[]>;
  mset(pairs: [string, unknown][]): Promise<void>;
  mdelete(keys: string[]): Promise<void>;
}

/** Options of {@link baseSummaryStore}. */
export interface BaseSummaryStoreOptions {
  /** Keeps the summaries apart from other data. @default "langthrift-history" */
  readonly namespace?: string;
}

/**
 * Summaries in a LangGraph `BaseStore` (`InMemoryStore`, Postgres, …) or in LangChain's key-value `BaseStore`. Neither compares and sets
 * in one step, so `atomic` is false: of two processes at once the later one wins, which costs one summary.
 */
export function baseSummaryStore(
  store: LangGraphStoreLike | KeyValueStoreLike,
  { namespace = "langthrift-history" }: BaseSummaryStoreOptions = {},
): SummaryStore {
  const access = "mget" in store ? keyValue(store, namespace) : langGraph(store, namespace);
  async function load(session: string) {
    const value = await access.read(session);
    return isHistorySummary(value) ? value : undefined;
  }
  return {
    atomic: false,
    load,
    async compareAndSet(session, expected, next) {
      if ((await load(session))?.version !== expected) return false;
      await access.write(session, structuredClone(next) as unknown as Record<string, unknown>);
      return true;
    },
    delete: (session) => access.remove(session),
  };
}

interface Access {
  read(session: string): Promise<unknown>;
  write(session: string, value: Record<string, unknown>): Promise<void>;
  remove(session: string): Promise<void>;
}

function langGraph(store: LangGraphStoreLike, namespace: string): Access {
  return {
    read: async (session) => (await store.get([namespace], session))?.value,
    write: (session, value) => store.put([namespace], session, value),
    remove: (session) => store.delete([namespace], session),
  };
}

function keyValue(store: KeyValueStoreLike, namespace: string): Access {
  const key = (session: string) => `${namespace}:${session}`;
  return {
    read: async (session) => (await store.mget([key(session)]))[0],
    write: (session, value) => store.mset([[key(session), value]]),
    remove: (session) => store.mdelete([key(session)]),
  };
}
