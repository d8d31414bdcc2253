import fc from "fast-check";
import { expect, it } from "vitest";
import { edited, plainFiles, proveFiles, type Files } from "./test-kit.ts";

/** Changes that can be made together; each touches a place of its own. */
const changes: readonly ((files: Files) => Files)[] = [
  (files) => edited("acme/models/order.py", '"The code."', '"A code."', files),
  (files) => edited("acme/models/order.py", '_("Go")', '_("Go on")', files),
  (files) => edited("acme/models/order.py", 'LABEL = "Amount"', 'LABEL = "Sum"', files),
  (files) => edited("acme/models/order.py", "page_size = 80", "page_size = 40", files),
  (files) => edited("acme/hooks.py", "return 1", "return 3", files),
  (files) => edited("acme/data/data.xml", 'name="Acme"', 'name="ACME"', files),
  (files) => edited("acme/i18n/de.po", "Formular", "Maske", files),
  (files) => edited("acme/static/src/a.js", "1", "2", files),
  (files) => edited("acme/static/img/logo.png", "logo", "other", files),
  (files) => edited("acme/__manifest__.py", '"Sales"', '"Project"', files),
  (files) => edited("acme/models/report.py", "select 1", "select 2", files),
  (files) => edited("acme/models/task.py", 'return "x"', 'return "z"', files),
  (files) => edited("acme/controllers/main.py", 'return "x"', 'return "y"', files),
  (files) => edited("more/models.py", "models.Model", "models.AbstractModel", files),
];

const some = fc.uniqueArray(fc.nat({ max: changes.length - 1 }), { maxLength: 5 });

function apply(chosen: readonly number[]): Files {
  return chosen.toSorted((a, b) => a - b).reduce((files, index) => changes[index]?.(files) ?? files, plainFiles);
}

function clauses(before: Files, after: Files): string[] {
  return [...new Set(proveFiles(before, after).breaches.map((one) => one.clause))].sort();
}

it("breaks the same clauses whichever of two releases is the new one", () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(clauses(apply(a), apply(b))).toEqual(clauses(apply(b), apply(a)));
    }),
    { numRuns: 40 },
  );
});

it("breaks with several changes at least what each of them breaks", () => {
  fc.assert(
    fc.property(some, (chosen) => {
      const all = clauses(plainFiles, apply(chosen));
      for (const one of chosen) expect(all).toEqual(expect.arrayContaining(clauses(plainFiles, apply([one]))));
    }),
    { numRuns: 25 },
  );
});
