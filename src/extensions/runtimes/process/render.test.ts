import { expect, it } from "vitest";
import { defaultLimits } from "../../../domain/fleet/environment.ts";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import type { Generation } from "../../../app/ports/odoo-runtime.ts";
import { renderServerConfig, renderUnit, runtimePaths } from "./render.ts";

const environment: EnvironmentSpec = {
  name: "acme-production",
  labels: {},
  tenant: "acme",
  stage: "production",
  database: { host: "db.internal", port: 5432, name: "acme", user: "odoo", password: { fromFile: "/etc/plimsoll/acme" } },
  dataDirectory: "/srv/odoo/acme",
  runtime: {
    kind: "process",
    host: "h1",
    odoo: {
      python: "/opt/venv/bin/python",
      server: "/opt/odoo/odoo-bin",
      addonsPaths: ["/opt/odoo/addons"],
      options: { limit_time_real: "300" },
    },
    workers: 4,
    cronThreads: 2,
  },
  gateway: { listenHost: "127.0.0.1", listenPort: 8069, hostnames: [] },
  limits: defaultLimits,
};
const generation: Generation = { id: "g2", release: `sha256:${"ab".repeat(32)}`, database: "acme", webPort: 20_001, websocketPort: 20_002 };
const paths = runtimePaths("/state/acme-production");
const user = { uid: 64_123, gid: 64_123 };

it("renders the web workers of a generation", () => {
  expect(renderUnit({ environment, generation, role: "web", epoch: 7, user, paths })).toMatchSnapshot();
});

it("renders its crons, which get the environment's patience before a restart could end them", () => {
  expect(
    renderUnit({
      environment,
      generation: { ...generation, release: null, websocketPort: null },
      role: "background",
      epoch: 7,
      user: { uid: null, gid: null },
      paths,
    }),
  ).toMatchSnapshot();
});

it("a new epoch is no reason to restart what runs", () => {
  const { epoch: _, ...before } = renderUnit({ environment, generation, role: "web", epoch: 7, user, paths });
  const { epoch: __, ...after } = renderUnit({ environment, generation, role: "web", epoch: 8, user, paths });
  expect(after).toEqual(before);
});

it("keeps the process id in PostgreSQL's application name, which holds 63 bytes", () => {
  const config = renderServerConfig({ ...environment, name: "a".repeat(80) }, "web", {
    database: "acme",
    addonsPaths: [],
    name: "g2-web",
    webPort: 1,
    websocketPort: null,
  });
  expect(config.applicationName.endsWith("-{pid}")).toBe(true);
  expect(config.applicationName.replace("{pid}", "4194304").length).toBeLessThanOrEqual(63);
});
