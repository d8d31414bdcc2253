import { expect, it } from "vitest";
import { found, groundOf } from "../../../odoo/analysis/records/ground/test-kit.ts";
import { field, modelClass, record, type ModuleParts } from "../../../odoo/analysis/records/test-kit.ts";
import { neutralise } from "./neutralise.ts";

const company = modelClass("res.company", {
  fields: [
    field("carrier_api_key"),
    field("carrier_webhook_url"),
    field("shown_token", "Char", { compute: { known: true, value: "_compute" } }),
    field("access_token"),
    field("keyword"),
    field("hostess"),
  ],
});

it("finds keys, addresses and payment providers that nothing switches off", () => {
  const [finding] = found(neutralise, groundOf(null, { a: { models: [company], data: [record("a.pay", "payment.provider")] } }));
  expect(finding?.evidence).toEqual([
    "res.company.carrier_api_key keeps a key",
    "res.company.carrier_webhook_url keeps an address",
    "a.pay is a payment provider",
  ]);
});

it("is content with a script, and notices when it goes", () => {
  const side = (neutralize: string | null): Record<string, ModuleParts> => ({ a: { models: [company], rest: { neutralize } } });
  expect(found(neutralise, groundOf(side("UPDATE …"), side("UPDATE …")))).toEqual([]);
  expect(found(neutralise, groundOf(side("UPDATE …"), side(null))).map(({ rule }) => rule)).toEqual(["neutralise-gone"]);
});

it("counts settings that are kept as parameters, and not wizards' own fields", () => {
  const settings = (attributes: Parameters<typeof field>[2]): Record<string, ModuleParts> => ({
    a: { models: [modelClass("res.config.settings", { type: "transient", fields: [field("api_key", "Char", attributes)] })] },
  });
  expect(found(neutralise, groundOf(null, settings({ config_parameter: { known: true, value: "a.api_key" } })))).toHaveLength(1);
  expect(found(neutralise, groundOf(null, settings({})))).toEqual([]);
});
