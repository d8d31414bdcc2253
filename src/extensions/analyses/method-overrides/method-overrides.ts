import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { Declared, RegistryModel } from "../../../domain/release/registry.ts";
import type { MethodDeclaration } from "../../../domain/release/module-source.ts";
import { cannotStandFor, signatureOf } from "./parameters.ts";

type Method = Declared & MethodDeclaration;

/** Do overrides still fit what they override? */
export const methodOverrides: AnalysisKind = {
  id: "method-overrides",
  summary: "Methods that no longer fit the method that they override",
  rules: [
    {
      id: "override-signature",
      severity: "error",
      title: "An override can't be called like the method that it overrides",
      why: "Whoever calls the method with the parent's arguments gets a TypeError: an action that worked fails for users.",
      example: "def _prepare_invoice(self):  # the parent takes final=False by now",
      remedy: "Take the parent's parameters and pass them on to super().",
    },
    {
      id: "override-parent-removed",
      severity: "error",
      title: "A method calls super(), and the parent's method is gone",
      why: "Python raises AttributeError as soon as the method is called; and mostly nobody calls it any more, so that it does nothing.",
      example: "def _get_price(self): return super()._get_price()  # renamed in the parent",
      remedy: "Override the method that took the old one's place.",
    },
    {
      id: "override-without-super",
      severity: "warning",
      title: "An override of create, write, unlink or copy doesn't call super()",
      why: "What other modules do there, and the change itself, doesn't happen.",
      example: "def write(self, vals): self._log(vals)",
      remedy: "Call super() and return what it returns.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

const mustCallSuper = new Set(["create", "write", "unlink", "copy"]);
const otherKinds = ["property", "staticmethod", "classmethod", "functools.cached_property", "lazy_property"];

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after } = ground;
  const seen = new Set<string>();
  for (const model of after.registry.models.values()) {
    if (!model.declared.some((place) => after.own.has(place.module))) continue;
    const old = before?.registry.models.get(model.name) ?? null;
    for (const [name, methods] of model.methods)
      for (const [at, method] of methods.entries()) {
        if (!after.own.has(method.module) || method.decorators.some((one) => otherKinds.includes(one.name))) continue;
        const key = `${method.module} ${method.file} ${method.line}`;
        if (seen.has(key)) continue;
        const found = judged(model, old, name, methods.slice(0, at), method);
        if (found === null) continue;
        seen.add(key);
        yield found;
      }
  }
}

function judged(model: RegistryModel, old: RegistryModel | null, name: string, parents: readonly Method[], method: Method): Finding | null {
  const parent = parents.at(-1);
  const before = old?.methods.get(name) ?? [];
  const same = before.find((one) => sameMethod(one, method));
  const label = `${model.name}.${name}`;
  const place = { module: method.module, file: method.file, line: method.line, meaning: null } as const;
  if (parent === undefined) {
    const had = same === undefined ? undefined : before.slice(0, before.indexOf(same)).at(-1);
    if (!method.callsSuper || had === undefined) return null;
    return {
      rule: "override-parent-removed",
      severity: "error",
      ...place,
      what: `${label} calls super(), and ${had.module} no longer has the method.`,
      evidence: [`${had.module}/${had.file}:${had.line} in the old release`],
    };
  }
  const why = cannotStandFor(signatureOf(method.parameters), signatureOf(parent.parameters));
  if (why !== null && !isOldMismatch(same, parent, before))
    return {
      rule: "override-signature",
      // Only callers that use what the override lacks fail; with an old side it is known that the parent changed.
      severity: old === null ? "warning" : "error",
      ...place,
      what: `${label} overrides a method of ${parent.module} that takes (${parent.parameters.join(", ")}): ${why}.`,
      evidence: [`${parent.module}/${parent.file}:${parent.line}`, `(${method.parameters.join(", ")})`],
    };
  if (!mustCallSuper.has(name) || method.callsSuper || !model.auto || model.type !== "model" || same?.callsSuper === false) return null;
  return {
    rule: "override-without-super",
    severity: "warning",
    ...place,
    what: `${label} overrides ${parent.module}'s and doesn't call super().`,
    evidence: [`${parent.module}/${parent.file}:${parent.line}`],
  };
}

/** The release didn't bring it: both stood like this before. */
function isOldMismatch(same: Method | undefined, parent: Method, before: readonly Method[]): boolean {
  const old = before.find((one) => sameMethod(one, parent));
  if (same === undefined || old === undefined) return false;
  return cannotStandFor(signatureOf(same.parameters), signatureOf(old.parameters)) !== null;
}

function sameMethod(a: Method, b: Method): boolean {
  return a.module === b.module && a.file === b.file && a.name === b.name;
}
