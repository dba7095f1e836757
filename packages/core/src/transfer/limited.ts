/**
 * Runs `work` on each item, `limit` at once, in order. After the first failure nothing new begins; what runs is awaited, so that no work
 * goes on behind the caller's back, and then the failure is thrown.
 */
export async function eachLimited<T>(items: readonly T[], limit: number, work: (item: T, place: number) => Promise<void>, signal?: AbortSignal): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0 && !signal?.aborted) {
      const place = next++;
      try {
        await work(items[place] as T, place);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  signal?.throwIfAborted();
}
