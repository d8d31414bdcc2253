import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeAnswer } from "./answer-kind.ts";
import type { AnswerJudged } from "./answer-kind.ts";
import { JsonScan } from "./json-scan.ts";

const keyError = {
  jsonrpc: "2.0",
  id: 7,
  error: {
    code: 0,
    message: "Odoo Server Error",
    data: { name: "builtins.KeyError", message: "'x'", arguments: ["x"], context: {}, debug: 'File "a.py"\n{' },
  },
};
const rpcError = (name: string, code = 0, id: unknown = 7): object => ({
  ...keyError,
  id,
  error: { ...keyError.error, code, data: { ...keyError.error.data, name } },
});
const plainError = (name: string): object => ({ name, message: "no", arguments: ["no"], context: {}, debug: "Traceback" });

function judge(status: number, text: string, cuts: readonly number[] = []): AnswerJudged {
  const bytes = Buffer.from(text);
  const scan = new JsonScan(status >= 400);
  const places = [0, ...cuts, bytes.length].toSorted((a, b) => a - b);
  for (let i = 1; i < places.length; i++) if (scan.feed(bytes.subarray(places[i - 1], places[i]))) break;
  return judgeAnswer(status, scan.seen());
}

/** What json.dumps of Python writes: blanks after commas and colons. */
function dumps(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(/\n */g, " ");
}

const cases: readonly (readonly [what: string, status: number, answer: unknown, kind: AnswerJudged["kind"], name: string | null])[] = [
  ["a result", 200, { jsonrpc: "2.0", id: 7, result: [{ id: 1, error: { code: 0 } }] }, "ok", null],
  ["a result that is nothing", 200, { jsonrpc: "2.0", id: null }, "ok", null],
  ["an error that is null", 200, { jsonrpc: "2.0", id: 7, error: null, result: 3 }, "ok", null],
  ["a fault of the release", 200, keyError, "error-in-body", "builtins.KeyError"],
  [
    "a fault under an odd id",
    200,
    rpcError("psycopg2.errors.UndefinedColumn", 0, { error: '\\"{[', result: [1] }),
    "error-in-body",
    "psycopg2.errors.UndefinedColumn",
  ],
  [
    "a fault in another order",
    200,
    { error: { data: { name: "builtins.KeyError" }, code: 0 }, id: 1, jsonrpc: "2.0" },
    "error-in-body",
    "builtins.KeyError",
  ],
  [
    "a fault without a name",
    200,
    { jsonrpc: "2.0", id: 1, error: { code: -32601, message: "no" } },
    "error-in-body",
    "an error without a name",
  ],
  ["a fault that is a text", 200, { jsonrpc: "2.0", id: 1, error: "no" }, "error-in-body", "an error without a name"],
  ["a broken rule", 200, rpcError("odoo.exceptions.ValidationError"), "business-error", null],
  ["a session that ended", 200, rpcError("odoo.http.SessionExpiredException", 100), "business-error", null],
  ["a page that isn't there", 200, rpcError("werkzeug.exceptions.NotFound", 404), "business-error", null],
  ["a gateway of the release's own", 200, rpcError("werkzeug.exceptions.BadGateway"), "error-in-body", "werkzeug.exceptions.BadGateway"],
  ["data with a member that is called error", 200, { name: "a", error: { code: 0 } }, "ok", null],
  ["data with nothing but errors", 200, { error: { code: 0, data: { name: "builtins.KeyError" } } }, "ok", null],
  ["a list", 200, [keyError], "ok", null],
  ["a number", 200, 12, "ok", null],
  ["no rights", 403, plainError("odoo.exceptions.AccessError"), "business-error", null],
  ["a rule of an addon's own", 422, plainError("odoo.addons.acme.Rule"), "business-error", null],
  ["a fault of the release with its real status", 500, plainError("builtins.KeyError"), "server-error", "builtins.KeyError"],
  ["a fault in both ways", 500, keyError, "server-error", "builtins.KeyError"],
  ["an error page in JSON", 502, { detail: "no" }, "server-error", null],
];

describe("an answer in JSON", () => {
  it.each(cases)("is read for errors: %s", (_what, status, answer, kind, name) => {
    for (const text of [dumps(answer), JSON.stringify(answer)]) {
      expect(judge(status, text)).toEqual({ kind, name });
      // In two pieces with the cut at every byte, and byte by byte.
      const bytes = Buffer.byteLength(text);
      for (let cut = 0; cut <= bytes; cut++) expect(judge(status, text, [cut]), `cut at ${cut}`).toEqual({ kind, name });
      expect(
        judge(
          status,
          text,
          Array.from({ length: bytes }, (_, at) => at),
        ),
      ).toEqual({ kind, name });
    }
  });

  it("is judged like its parsed value, whatever is in it and wherever it is cut", () => {
    const id = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constant(null),
      fc.json().map((text) => JSON.parse(text) as unknown),
    );
    const name = fc.constantFrom("builtins.KeyError", "odoo.exceptions.UserError", "werkzeug.exceptions.Forbidden", 'a"\\ü', "");
    const error = fc.record(
      {
        message: fc.string(),
        code: fc.integer(),
        data: fc.record({ message: fc.string({ unit: "grapheme" }), debug: fc.jsonValue(), name }),
        more: fc.jsonValue(),
      },
      { requiredKeys: ["message", "data"] },
    );
    const answer = fc.oneof(
      fc.record({ jsonrpc: fc.constant("2.0"), id, result: fc.jsonValue() }),
      fc.record({ jsonrpc: fc.constant("2.0"), id, error }),
      fc.jsonValue(),
    );
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(answer, places, (value, cuts) => {
        const text = dumps(value);
        const bytes = Buffer.byteLength(text);
        expect(
          judge(
            200,
            text,
            cuts.map((share) => Math.floor(share * bytes)),
          ),
        ).toEqual(judgeWhole(JSON.parse(text)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("that was cut is unread, not well", () => {
    const text = dumps(keyError);
    for (let length = 1; length < text.indexOf("builtins"); length++)
      expect(judge(200, text.slice(0, length)).kind, text.slice(0, length)).toBe("unread");
    expect(judge(200, `{"jsonrpc": "2.0", "id": "${"x".repeat(70_000)}`).kind).toBe("unread");
    expect(judgeAnswer(200, "unreadable").kind).toBe("unread");
    expect(judgeAnswer(500, "unreadable").kind).toBe("server-error");
  });
});

/** The same rule, said over the parsed value. */
function judgeWhole(value: unknown): AnswerJudged {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "ok", name: null };
  const { jsonrpc, error, result } = value as { jsonrpc?: unknown; error?: { code?: number; data: { name: string } }; result?: unknown };
  if (jsonrpc === undefined || error === undefined || result !== undefined) return { kind: "ok", name: null };
  const { name } = error.data;
  if (error.code === 100 || name.startsWith("odoo.exceptions.") || name.startsWith("werkzeug.exceptions."))
    return { kind: "business-error", name: null };
  return { kind: "error-in-body", name };
}
