interface Disposable {
  dispose(): Promise<void>;
}

const pending = new Set<Disposable>();

/** Takes part in the end by a signal, until it is disposed of: Odoo and the gateway would go on without us, as they should. */
export function unwound<T extends Disposable>(thing: T): T {
  const dispose = async (): Promise<void> => {
    pending.delete(wrapped);
    await thing.dispose();
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
