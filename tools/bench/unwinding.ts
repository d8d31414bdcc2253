interface Disposable {
  dispose(): Promise<void>;
}

const pending = new Set<Disposable>();

/** Takes part in the end by a signal, until it is disposed of: Odoo and the gateway would go on without us, as they should. */
export function unwound<T extends Disposable>(thing: T): T {
  let disposing: Promise<void> | null = null;
  // The signal and what the signal made fail both ask for it; whoever comes second waits for the same end.
  const dispose = (): Promise<void> => {
    disposing ??= thing.dispose().finally(() => pending.delete(wrapped));
    return disposing;
  };
  const wrapped = { ...thing, dispose };
  pending.add(wrapped);
  return wrapped;
}

/** Ctrl-C ends what was started as well. */
export function unwindOnSignal(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      process.stderr.write(`${signal}: ending what runs\n`);
      void Promise.allSettled([...pending].map((thing) => thing.dispose())).then(() => process.exit(1));
    });
  }
}
