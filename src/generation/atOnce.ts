/**
 * Does `work` for each item, in their order, with at most `width` under way at once; an item is
 * taken from its source only once there is room for it. The first fault is thrown at once, and no
 * further item is begun: what is under way then ends by itself, and the run waits for its requests.
 */
export async function eachAtOnce<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const source = items[Symbol.iterator]();
  let begun = 0;
  let failed = false;
  const one = async (): Promise<void> => {
    while (!failed) {
      const next = source.next();
      if (next.done === true) return;
      try {
        await work(next.value, begun++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, one));
}
