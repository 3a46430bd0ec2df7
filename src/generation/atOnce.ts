/**
 * Does `work` for every item, in their order, at most `width` at once. The first fault ends it: no
 * further item is begun, what is under way is waited for, and the fault is thrown.
 */
export async function eachAtOnce<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const waiting = items.entries();
  const faults: unknown[] = [];
  const one = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (faults.length > 0) return;
      try {
        await work(item, index);
      } catch (error) {
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, one));
  if (faults.length > 0) throw faults[0];
}
