/** Runs `load` once for each key; all callers share the result. A failure is forgotten, so that the next call tries again. */
export function loadOnce<T>(load: (key: string | undefined) => Promise<T>): (key?: string) => Promise<T> {
  const loading = new Map<string | undefined, Promise<T>>();
  return (key) => {
    let value = loading.get(key);
    if (value === undefined) {
      value = load(key);
      loading.set(key, value);
      value.catch(() => loading.delete(key));
    }
    return value;
  };
}
