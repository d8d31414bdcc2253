import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson } from "../setup/cache.mjs";
import { foreground } from "../setup/process.mjs";
import { seconds } from "../setup/progress.mjs";
import { outcomeOfCheck, outcomeOfVitest } from "./report.mjs";

async function runTier(tier, checkout, env, reports) {
  const bin = (name) => join(checkout, "node_modules", ".bin", name);
  if (tier.command) {
    const [name, ...args] = tier.command;
    return outcomeOfCheck(tier.name, await foreground(bin(name), args, { cwd: checkout, env }));
  }
  const report = join(reports, `${tier.project}.json`);
  const args = ["run", "--project", tier.project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const exitCode = await foreground(bin("vitest"), args, { cwd: checkout, env });
  return outcomeOfVitest(tier.name, readJson(report), exitCode);
}

/** Runs the tiers one after the other, all of them even when one fails; a signal ends the rest. */
export async function runTiers(tiers, checkout, env) {
  const reports = mkdtempSync(join(tmpdir(), "plimsoll-reports-"));
  const outcomes = [];
  let stopped = false;
  const stop = () => (stopped = true);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  try {
    for (const tier of tiers) {
      if (stopped) {
        outcomes.push({ name: tier.name, passed: 0, failed: 1, why: ["not run: stopped by a signal"] });
        continue;
      }
      process.stderr.write(`\n=== ${tier.name}\n`);
      const started = Date.now();
      const outcome = await runTier(tier, checkout, env, reports);
      process.stderr.write(`=== ${tier.name}: ${outcome.failed === 0 ? "ok" : "FAILED"}, ${seconds(Date.now() - started)}\n`);
      outcomes.push(outcome);
    }
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeListener(signal, stop);
    rmSync(reports, { recursive: true, force: true });
  }
  return outcomes;
}
