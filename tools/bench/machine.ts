import { cpus, loadavg, release, totalmem } from "node:os";
import { readParts } from "../../test/parts/parts.ts";
import type { Machine } from "./bench-kind.ts";

const bytesPerGiB = 1024 ** 3;

export function describeMachine(): Machine {
  const parts = readParts();
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / bytesPerGiB),
    kernel: release(),
    node: process.version,
    postgres: parts.postgres.version,
    odoo: parts.odoo.packageVersion,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    fsync: "on",
  };
}
