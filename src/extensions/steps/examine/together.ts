/** Runs both at once. When one fails the other is told to stop and waited for: nothing goes on behind the caller's back. */
export async function together<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const stop = new AbortController();
  const linked = AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  const guarded = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(linked);
    } catch (error) {
      failures.push(error);
      stop.abort();
      throw error;
    }
  };
  const [one, other] = await Promise.allSettled([guarded(first), guarded(second)]);
  // The first failure is the cause; the other's may only be that it was stopped.
  if (one.status === "rejected" || other.status === "rejected") throw failures[0];
  return [one.value, other.value];
}
