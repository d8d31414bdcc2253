import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { updateSet } from "./update-set.ts";

const old = {
  ...moduleOf("acme", '"data": ["data.xml"]'),
  "acme/data.xml": "<odoo/>",
  ...moduleOf("more", '"depends": ["acme"]'),
  ...moduleOf("third"),
};

it("tells needed from needless updates, and who is taken along", () => {
  const now = {
    ...old,
    "acme/data.xml": '<odoo><record id="x" model="res.partner"/></odoo>',
    ...moduleOf("third", '"version": "19.0.1.0.1"'),
  };
  expect(found(updateSet, { old, new: now })).toEqual([
    "update-needed acme: The module has to be updated: its data files changed.",
    "update-needless third: The module changed, and an update would load nothing new.",
    "update-dependents acme: 1 more module is updated because of a dependency.",
  ]);
});

it("says nothing of one tree by itself", () => {
  expect(found(updateSet, { old: null, new: old })).toEqual([]);
});
