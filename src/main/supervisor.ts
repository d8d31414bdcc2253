import { parseCommand, runDaemon } from "../systems/daemon/run-daemon.ts";
import { listProcesses, readEnviron, readProcess } from "../systems/process/identity.ts";
import { ensureCommand, listCommand, stopCommand } from "../systems/supervisor/schema.ts";
import { SupervisorServer } from "../systems/supervisor/supervisor.ts";

runDaemon("supervisor", async (file, log) => {
  // Units inherit it; whoever started us may have had another.
  process.umask(0o022);
  const supervisor = new SupervisorServer(file, { read: readProcess, environ: readEnviron, pids: listProcesses }, log);
  await supervisor.start();
  return {
    methods: {
      ensure: async (parameters) => supervisor.ensure(parseCommand(ensureCommand, parameters).unit),
      stop: async (parameters) => {
        const { id, epoch, options } = parseCommand(stopCommand, parameters);
        return supervisor.stop(id, epoch, options);
      },
      list: async (parameters) => supervisor.list(parseCommand(listCommand, parameters).prefix),
    },
    // The units run on. A stop that still waits for its unit is nothing to wait for.
    close: () => supervisor.close(),
    closeMsMax: 1_000,
  };
});
