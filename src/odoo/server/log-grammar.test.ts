import { describe, expect, it } from "vitest";
import { judgeProblems } from "./log-allowances.ts";
import { modulesLoaded, normalise, parseLog, problemsIn, reachedEnd, scriptsSeen, tailOf } from "./log-grammar.ts";

/** Lines of a real update of one module on Odoo 19, trailing spaces included. */
const updateLog = [
  "Running as user 'root' is a security risk.",
  "2026-11-25 09:31:07,958 17808 INFO ? odoo: Odoo version 19.0 ",
  "2026-11-25 09:31:08,800 17808 INFO tenant odoo.modules.loading: loading 1 modules... ",
  "2026-11-25 09:31:09,155 17808 WARNING tenant odoo.modules.module: Missing `author` key in manifest for 'acme', defaulting to '' ",
  "2026-11-25 09:31:09,156 17808 WARNING tenant odoo.modules.module: Missing `author` key in manifest for 'acme', defaulting to '' ",
  "2026-11-25 09:31:12,776 17808 INFO tenant odoo.modules.loading: Loading module acme (2/66) ",
  "2026-11-25 09:31:12,782 17808 INFO tenant odoo.modules.migration: module acme: Running migration [>1.1] pre-a ",
  "2026-11-25 09:31:12,782 17808 WARNING tenant odoo.upgrade.acme: moved 12 rows of tenant in 0.25s at 0x7f01 ",
  '2026-11-25 09:31:12,827 17808 INFO tenant odoo.schema: column "name" of relation "acme_thing" contains null values',
  " ",
  "2026-11-25 09:31:12,912 17808 INFO tenant odoo.modules.migration: module acme: Running migration [19.0.1.2>] post-b ",
  "2026-11-25 09:31:12,933 17808 WARNING tenant odoo.modules.loading: The models ['acme.thing'] have no access rules in module acme, consider adding some, like:",
  "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink",
  "acme.access_acme_thing,access_acme_thing,acme.model_acme_thing,base.group_user,1,0,0,0 ",
  "2026-11-25 09:31:12,942 17808 INFO tenant odoo.modules.loading: Module acme loaded in 0.17s, 41 queries (+41 other) ",
  "2026-11-25 09:31:15,387 17808 INFO tenant odoo.modules.migration: module acme: Running migration [$19.0.1.2] end-c ",
  "2026-11-25 09:31:15,389 17808 INFO tenant odoo.modules.migration: module acme: Running migration [$0.0.0] end-zz ",
  '2026-11-25 09:31:15,830 17808 ERROR tenant odoo.schema: column "name" of relation "acme_thing" contains null values',
  " ",
  "2026-11-25 09:31:17,525 17808 INFO tenant odoo.modules.loading: Modules loaded. ",
  "2026-11-25 09:31:17,552 17808 WARNING tenant odoo.schema: Missing not-null constraint on acme.thing.name ",
  "2026-11-25 09:31:17,583 17808 INFO tenant odoo.registry: Registry loaded in 8.821s ",
  "2026-11-25 09:31:17,583 17808 INFO tenant odoo.service.server: Initiating shutdown ",
].join("\n");

const failedLog = [
  "2026-11-25 09:00:00,001 7 INFO tenant odoo.modules.loading: Loading module acme (2/66) ",
  "2026-11-25 09:00:00,002 7 CRITICAL tenant odoo.service.server: Failed to initialize database `tenant`. ",
  "Traceback (most recent call last):",
  '  File "/srv/trees/ab12/0/acme/migrations/1.1/pre-a.py", line 5, in migrate',
  '    raise ValueError("2026-11-25 was no good day")',
  "ValueError: 2026-11-25 was no good day",
].join("\n");

describe("parseLog", () => {
  it("keeps heads, joins what follows to them, and says what came before", () => {
    const log = parseLog(updateLog);
    expect(log.preamble).toEqual(["Running as user 'root' is a security risk."]);
    expect(log.records).toHaveLength(18);
    expect(log.records[0]).toEqual({
      at: "2026-11-25 09:31:07,958",
      pid: 17808,
      level: "INFO",
      database: null,
      logger: "odoo",
      message: "Odoo version 19.0",
      more: [],
      line: 2,
    });
    expect(log.records.find((record) => record.message.startsWith("The models"))?.more).toHaveLength(2);
  });

  it("gives a traceback to the error it belongs to", () => {
    const [, failure] = parseLog(failedLog).records;
    expect(failure).toMatchObject({ level: "CRITICAL", logger: "odoo.service.server" });
    expect(failure?.more.at(-1)).toBe("ValueError: 2026-11-25 was no good day");
  });

  it("makes nothing of nothing", () => {
    expect(parseLog("")).toEqual({ records: [], preamble: [] });
  });
});

it("names the scripts that ran, with stage, directory and file", () => {
  expect(scriptsSeen(parseLog(updateLog)).map(({ line: _, ...script }) => script)).toEqual([
    { module: "acme", version: "1.1", stage: "pre", file: "pre-a.py" },
    { module: "acme", version: "19.0.1.2", stage: "post", file: "post-b.py" },
    { module: "acme", version: "19.0.1.2", stage: "end", file: "end-c.py" },
    { module: "acme", version: "0.0.0", stage: "end", file: "end-zz.py" },
  ]);
});

it("names the modules that were updated, and tells a finished run from a broken one", () => {
  expect(modulesLoaded(parseLog(updateLog))).toEqual(["acme"]);
  expect(reachedEnd(parseLog(updateLog))).toBe(true);
  expect(reachedEnd(parseLog(failedLog))).toBe(false);
});

it("counts problems of one kind together and compares them without what varies", () => {
  const problems = problemsIn(parseLog(updateLog));
  expect(problems.map(({ level, logger, pattern, count }) => ({ level, logger, pattern, count }))).toMatchSnapshot();
  expect(normalise("moved 7 rows of other in 1.5s at 0x9", "other")).toBe(
    normalise("moved 12 rows of tenant in 0.25s at 0x7f01", "tenant"),
  );
  expect(normalise("/a/b/c.py:12: x", null)).toBe(normalise("/d/c.py:7: x", null));
  expect(normalise('relation "sale_order" lacks it', null)).not.toBe(normalise('relation "sale_line" lacks it', null));
});

it("explains advice and never a constraint that is missing", () => {
  const { allowed, unexplained } = judgeProblems(problemsIn(parseLog(updateLog)));
  expect(allowed.map(({ problem }) => problem.pattern.slice(0, 20))).toEqual(["Missing `author` key", "The models ['acme.th"]);
  expect(unexplained.map((problem) => problem.logger)).toEqual(["odoo.upgrade.acme", "odoo.schema", "odoo.schema"]);
  expect(judgeProblems(problemsIn(parseLog(failedLog))).unexplained).toHaveLength(1);
});

it("shows the end of a log without empty lines", () => {
  expect(tailOf("a\n\nb\nc\n", 2)).toEqual(["b", "c"]);
});

it("shows the errors at the end of a log, each kind once, with the end of their tracebacks", () => {
  const record = (second: string, rest: string): string => `2026-01-31 10:15:${second},123 7 ${rest}`;
  const traceback = ["Traceback (most recent call last):", ...Array.from({ length: 9 }, (_, n) => `  File "${n}.py"`), "KeyError: 'x'"];
  const text = [
    record("01", "CRITICAL acme odoo.service.server: Failed to initialize database `acme`."),
    ...traceback,
    record("02", "ERROR acme odoo.http: Exception during request handling."),
    ...traceback,
    record("03", "INFO acme werkzeug: GET /web/health"),
    record("04", "ERROR acme odoo.http: Exception during request handling."),
    ...traceback,
    record("05", "INFO acme werkzeug: GET /web/health"),
  ].join("\n");
  const shown = tailOf(text, 20);
  expect(shown.filter((line) => line.startsWith("2026"))).toEqual([
    "2026-01-31 10:15:01,123 CRITICAL odoo.service.server: Failed to initialize database `acme`.",
    "2026-01-31 10:15:04,123 ERROR odoo.http: Exception during request handling.",
  ]);
  expect(shown.filter((line) => line === "KeyError: 'x'")).toHaveLength(2);
  expect(shown).toHaveLength(12);
});

it.each([
  ["py.warnings", "/opt/x.py:3: DeprecationWarning: old", true],
  ["py.warnings", "/opt/registry.py:535: UserWarning: acme.thing: inconsistent 'store' for computed fields, accessing a", true],
  ["py.warnings", "/opt/x.py:3: UserWarning: your data are gone", false],
  ["odoo.fields", "Field acme.thing.name: unknown parameter 'foo', if this is an actual", true],
  ["odoo.addons.base.models.ir_model", "Two fields (a, b) of acme.thing() have the same label: A. [Modules: acme and acme]", true],
  [
    "odoo.addons.base.models.ir_ui_view",
    "A button with icon attribute (fa fa-x) must have title in its tag\nView error context:\n{}",
    true,
  ],
  ["odoo.modules.loading", "invalid custom view(s) for model res.partner: x must have title", false],
  ["odoo.modules.loading", "invalid module names, ignored: acme", false],
  ["odoo.schema", "Missing not-null constraint on acme.thing.name", false],
  ["odoo.modules.migration", "Invalid version for upgrade script '/x/migrations/abc'", false],
])("%s: %s", (logger, example, allowed) => {
  const problem = { level: "WARNING", logger, pattern: example, example, count: 1, line: 1 } as const;
  expect(judgeProblems([problem]).allowed.length === 1).toBe(allowed);
});
