/**
 * Who may import whom, as ARCHITECTURE.md says it. A room is a folder; a file belongs to the longest room that its path
 * begins with. `*` in a folder stands for one name and makes every such folder a room of its own: siblings don't see each
 * other.
 */
export interface Room {
  readonly folder: string;
  /** Rooms whose values and types may be imported. The own folder always may. */
  readonly values: readonly string[];
  /** Rooms of which only types may be imported. */
  readonly types: readonly string[];
  /** npm packages: all, or these. */
  readonly npm: "all" | readonly string[];
  /** Node's own modules. Starting processes is a rule of its own. */
  readonly node: "all" | readonly string[];
}

/** The order inside the domain: a room sees the ones before it, never those beside it. */
export const domainOrder: readonly (readonly string[])[] = [
  ["shared"],
  ["fleet", "release", "calendar", "verdict"],
  ["impact", "recovery"],
  // A change carries the removals that its requester agrees to, which are words of the impact.
  ["change"],
  ["plan"],
  ["policy", "approval", "rollout"],
  ["audit", "insight"],
];

const domainRooms: readonly Room[] = domainOrder.flatMap((names, level) =>
  names.map((name) => ({
    folder: `src/domain/${name}`,
    values: domainOrder.slice(0, level).flatMap((lower) => lower.map((below) => `src/domain/${below}`)),
    types: [],
    npm: [],
    node: [],
  })),
);

const extension = (point: string): readonly Room[] => [
  { folder: `src/extensions/${point}/*`, values: ["src/domain", "src/app/ports", "src/odoo"], types: [], npm: ["zod"], node: "all" },
  // The registry of a point is the one place that names all of its extensions.
  {
    folder: `src/extensions/${point}`,
    values: ["src/domain", "src/app/ports", `src/extensions/${point}`],
    types: [],
    npm: ["zod"],
    node: [],
  },
];

export const extensionPoints: readonly string[] = ["change-kinds", "steps", "gates", "runtimes", "analyses"];

export const rooms: readonly Room[] = [
  ...domainRooms,
  { folder: "src/odoo/source", values: ["src/domain"], types: [], npm: "all", node: "all" },
  { folder: "src/odoo/analysis", values: ["src/domain", "src/odoo/source"], types: ["src/app/ports"], npm: [], node: [] },
  { folder: "src/odoo/inventory", values: ["src/domain"], types: ["src/odoo/source", "src/app/ports"], npm: [], node: "all" },
  { folder: "src/odoo/server", values: ["src/domain"], types: ["src/odoo/source", "src/app/ports"], npm: [], node: "all" },
  { folder: "src/odoo/smoke", values: ["src/domain"], types: [], npm: ["zod", "yaml"], node: "all" },
  { folder: "src/odoo/probe", values: ["src/domain"], types: ["src/odoo/source", "src/app/ports"], npm: [], node: "all" },
  { folder: "src/app/ports", values: ["src/domain"], types: [], npm: ["zod"], node: [] },
  {
    folder: "src/app",
    values: ["src/domain", "src/odoo", "src/app/ports"],
    types: [],
    npm: ["zod", "yaml"],
    node: ["node:crypto", "node:path", "node:fs/promises"],
  },
  // pg: the beat has a thread and a connection of its own, so that it goes on while the worker is busy.
  { folder: "src/engine", values: ["src/domain", "src/app/ports"], types: ["src/store"], npm: ["graphile-worker", "pg"], node: "all" },
  ...extensionPoints.flatMap(extension),
  // `shared` is the alphabet of every room (errors, digests, canonical JSON); beyond it a client of somebody else's product knows our types only.
  // `daemon` is what our own two daemons, gateway and supervisor, have in common.
  {
    folder: "src/systems/*",
    values: ["src/domain/shared", "src/systems/daemon"],
    types: ["src/domain", "src/app/ports"],
    npm: "all",
    node: "all",
  },
  { folder: "src/store", values: ["src/domain"], types: ["src/app/ports"], npm: ["pg", "graphile-worker"], node: "all" },
  { folder: "src/http/contract", values: ["src/domain/shared"], types: ["src/domain"], npm: ["zod", "@hono/zod-openapi"], node: [] },
  { folder: "src/http", values: ["src/domain/shared", "src/app", "src/http/contract"], types: ["src/domain"], npm: "all", node: "all" },
  { folder: "src/cli", values: ["src/domain/shared", "src/http/contract"], types: ["src/domain"], npm: "all", node: "all" },
  { folder: "src/main", values: ["src"], types: [], npm: "all", node: "all" },
];
