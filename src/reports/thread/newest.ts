/** Values by key; the ones that were not asked for longest are let go of. */
export interface Newest<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
}

/** Keeps at most so many values. */
export function newestOf<T>(most: number): Newest<T> {
  const kept = new Map<string, T>();
  const put = (key: string, value: T): void => {
    kept.delete(key);
    kept.set(key, value);
    for (const oldest of kept.keys()) {
      if (kept.size <= most) break;
      kept.delete(oldest);
    }
  };
  return {
    put,
    get(key) {
      const value = kept.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
  };
}
