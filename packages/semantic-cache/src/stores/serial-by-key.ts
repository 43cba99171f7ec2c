/** Runs tasks of the same key one after the other, those of different keys at once. */
export type SerialByKey = <T>(key: string | symbol, task: () => Promise<T>) => Promise<T>;

export function serialByKey(): SerialByKey {
  const last = new Map<string | symbol, Promise<unknown>>();
  return async (key, task) => {
    const before = last.get(key);
    const running = before ? before.then(task, task) : task();
    last.set(key, running);
    try {
      return await running;
    } finally {
      if (last.get(key) === running) last.delete(key);
    }
  };
}
