/** Runs `work` over all items, at most `atOnce` at the same time. Begins nothing new after the first failure, and throws it. */
export async function eachBounded<T>(items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next;
      next += 1;
      try {
        await work(items[index] as T, index);
      } catch (cause) {
        failed = true;
        throw cause;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  const failure = lanes.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
