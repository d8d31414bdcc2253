import type { Command } from "commander";
import { showEnvironment, type EnvironmentDetail, type Measured, type TrafficNow } from "../../../http/contract/environments.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { bytes, duration, short } from "../../render/quantities.ts";
import { fields, table } from "../../render/table.ts";

export function addEnvironmentShow(parent: Command, building: Building): void {
  const command = parent
    .command("show")
    .description("One environment, as it is now: modules, rows, customisations, pending states, Odoo, traffic")
    .argument("<environment>", "name")
    .addHelpText(
      "after",
      "\nExamples:\n  plimsoll environment show acme-production\n  plimsoll environment show acme-production -o wide   # every module and table",
    )
    .action(async (name: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format, progress }) => {
        progress.say(`measuring ${name}`);
        const environment = await client.call(showEnvironment, { params: { environment: name } });
        progress.end();
        output(terminal, format, {
          value: environment,
          names: () => [environment.name],
          table: (wide) => environmentText(environment, wide),
        });
      }),
    );
  withCommonOptions(command);
}

function environmentText(environment: EnvironmentDetail, wide: boolean): string {
  const { now } = environment;
  return [
    fields([
      ["Environment", `${environment.name} (${environment.stage} of ${environment.tenant})`],
      [
        "Serves",
        `${environment.release === null ? "the base's modules" : `${environment.release.name} (${short(environment.release.digest)})`} at ${environment.url}`,
      ],
      ["Base", environment.baseDigest === null ? "not known" : short(environment.baseDigest)],
      ["Held", environment.held === null ? null : heldText(environment.held)],
      [
        "Lags",
        environment.lag.length === 0 ? null : environment.lag.map((one) => `${one.module} ${one.database}, code ${one.code}`).join("; "),
      ],
      ["Deployment", environment.deployment],
      ["Database", environment.database],
      ["Host", environment.host],
      ["Measured", now.database.at],
    ]),
    "",
    section("Database", now.database, (database) =>
      [
        fields([
          ["Odoo", database.series],
          ["PostgreSQL", database.serverVersion],
          ["Size", `${bytes(database.sizeBytes)}, about ${database.rowsTotal} rows`],
          ["Users", `${database.activeUsers} active`],
          ["Modules", `${database.modules.filter((module) => module.state === "installed").length} installed`],
          ["Pending", database.pending.join("; ") || "nothing"],
          ["Customised", customisationText(database.customisations, wide)],
        ]),
        ...(wide
          ? [
              "",
              table(
                ["module", "version", "state"],
                database.modules.map((module) => [
                  module.name,
                  module.version ?? "–",
                  module.imported ? `${module.state}, imported` : module.state,
                ]),
              ),
            ]
          : []),
        ...(wide
          ? [
              "",
              table(
                ["table", "rows"],
                database.largestTables.map((each) => [each.table, String(each.rows)]),
              ),
            ]
          : []),
      ].join("\n"),
    ),
    "",
    section("Odoo", now.runtime, (runtime) =>
      [
        table(
          ["generation", "release", "database", "port", "web", "background"],
          runtime.generations.map((each) => [
            each.id === environment.generation ? `${each.id} (serves)` : each.id,
            short(each.release),
            each.database,
            String(each.webPort),
            each.web,
            each.background,
          ]),
        ),
        runtime.isolation,
      ].join("\n"),
    ),
    "",
    section("Traffic", now.traffic, (traffic) =>
      traffic === null
        ? "The gateway has no route for it."
        : [
            `mode ${traffic.mode}; ${traffic.inFlight} in flight, ${traffic.held} held, ${traffic.websockets} websockets; ${traffic.passedTotal} passed, ${traffic.refusedTotal} refused`,
            ...upstreamsText(traffic),
          ].join("\n"),
    ),
  ].join("\n");
}

/** What users got from the workers that they are sent to, and from those before. */
function upstreamsText({ upstreams }: TrafficNow): string[] {
  if (upstreams.length === 0) return [];
  const rows = upstreams.map((each) => [
    each.generation ?? `port ${each.port}`,
    duration(each.sinceMs),
    String(each.answers),
    String(each.serverErrors + each.errorsInBody),
    String(each.businessErrors),
    String(each.unanswered),
    each.latencyMs === null
      ? "–"
      : [each.latencyMs.p50, each.latencyMs.p95, each.latencyMs.p99].map((ms) => `${Math.round(ms)}`).join(" / "),
  ]);
  const names = Object.entries(upstreams[0]?.errorNames ?? {}).sort(([, a], [, b]) => b - a);
  return [
    "",
    table(["answered by", "for", "answers", "faults", "denied or corrected", "unanswered", "ms p50 / p95 / p99"], rows),
    ...names.map(([name, count]) => `${count} × ${name}`),
  ];
}

function heldText({ since, deployment, reason, backgroundStopped, liftedBy }: NonNullable<EnvironmentDetail["held"]>): string {
  const background = backgroundStopped ? " Background work is stopped." : "";
  return `since ${since}, ${deployment} was recovered: ${reason}.${background} No change runs until: ${liftedBy}`;
}

function section<T>(title: string, measured: Measured<T>, text: (value: T) => string): string {
  return `${title}\n${(measured.state === "measured" ? text(measured.value) : `unknown: ${measured.reason}`).replace(/^(?=.)/gm, "  ")}`;
}

function customisationText(
  customisations: Extract<EnvironmentDetail["now"]["database"], { state: "measured" }>["value"]["customisations"],
  wide: boolean,
): string {
  const { manualModels, manualFields, editedViews, ownViews, serverActions, automations } = customisations;
  const counts = `${manualModels.length} own models, ${manualFields.length} own fields, ${editedViews.length} edited and ${ownViews.length} own views, ${serverActions} server actions, ${automations} automations`;
  const names = [...manualModels, ...manualFields, ...editedViews, ...ownViews];
  return wide && names.length > 0 ? `${counts}\n${names.join(", ")}` : counts;
}
