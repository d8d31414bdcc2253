/** A worker that dies in the middle of a call to the world: before the call had an effect, or after it and before its answer came. */
export interface Failpoint {
  readonly call: number;
  readonly when: "before" | "after";
  calls: number;
}

/** What a test's failpoint throws; a step that catches it and goes on would hide a real loss. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The same capability, dying at the failpoint. Calls of all capabilities are counted together. */
export function interruptible<T extends object>(
  capability: T,
  failpoint: Failpoint,
  error: () => Error = () => new Interrupted("the worker died"),
): T {
  return new Proxy(capability, {
    get(target, member): unknown {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== "function") return value;
      return async (...values: unknown[]): Promise<unknown> => {
        const now = failpoint.calls++ === failpoint.call;
        if (now && failpoint.when === "before") throw error();
        const result: unknown = await (value as (...all: unknown[]) => unknown).apply(target, values);
        if (now) throw error();
        return result;
      };
    },
  });
}
