import type { ServerRole } from "./config-file.ts";

export interface ProcessEnvironment {
  readonly role: ServerRole;
  readonly environment: string;
  /**
   * The deployment and epoch that a process of one step belongs to; null for the processes of a generation: they outlive
   * deployments, and an epoch in their environment would be a reason to restart them.
   */
  readonly run: { readonly deployment: string; readonly epoch: number } | null;
  readonly server: string;
  readonly pythonPath: string | null;
  readonly pycachePrefix: string;
  readonly home: string;
}

/** Names by which a process of an environment is recognised in /proc. */
export const markers = { environment: "PLIMSOLL_ENVIRONMENT", epoch: "PLIMSOLL_EPOCH", run: "PLIMSOLL_RUN" } as const;

/** Names the file into which a process that ends by itself writes the peak of its memory in bytes. */
export const usageVariable = "PLIMSOLL_USAGE";

/** Has a process that ends by itself leave the processor to those who serve users. */
export const yieldsVariable = "PLIMSOLL_YIELDS";

/**
 * The whole environment of an Odoo process; nothing is inherited. PYTHONDONTWRITEBYTECODE isn't there on purpose: without the
 * bytecode cache a start costs two more seconds of CPU. The cache needs no digest of its own in its name: it mirrors the paths
 * of the sources, and a materialised release has its digest in its path.
 */
export function processEnvironment(of: ProcessEnvironment): Record<string, string> {
  return {
    HOME: of.home,
    LANG: "C.UTF-8",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    PYTHONPYCACHEPREFIX: of.pycachePrefix,
    PYTHONUNBUFFERED: "1",
    ...(of.pythonPath === null ? {} : { PYTHONPATH: of.pythonPath }),
    PLIMSOLL_ODOO_SERVER: of.server,
    PLIMSOLL_ROLE: of.role,
    [markers.environment]: of.environment,
    ...(of.run === null ? {} : { [markers.epoch]: String(of.run.epoch), [markers.run]: of.run.deployment }),
  };
}
