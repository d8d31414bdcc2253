import type { ViteUserConfig } from "vitest/config";

const minuteMs = 60_000;
const postgresTests = [
  "src/store/**/*.pg.test.ts",
  "src/engine/**/*.pg.test.ts",
  "src/systems/**/*.pg.test.ts",
  "src/odoo/**/*.pg.test.ts",
  "test/parts/**/*.pg.test.ts",
];

/** Real sockets and processes, with bounds that have to pass: seconds each, so not in the inner loop. */
const processTests = ["src/systems/{http-gateway,supervisor,process,daemon}/**/*.test.ts", "tools/new/**/*.test.ts"];

/** Projects are run one after the other by `npm test`; their groups keep them apart when several are run by hand. */
const config: ViteUserConfig = {
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.{ts,mjs}", "test/parts/**/*.test.ts"],
          exclude: ["**/*.pg.test.ts", "**/node_modules/**", ...processTests],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "processes",
          include: processTests,
          testTimeout: minuteMs,
          hookTimeout: minuteMs,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "architecture",
          include: ["test/{architecture,docs}/**/*.test.ts"],
          testTimeout: minuteMs,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: minuteMs,
          hookTimeout: minuteMs,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { name: "simulation", include: ["test/simulation/**/*.test.ts"], testTimeout: 5 * minuteMs, sequence: { groupOrder: 1 } } },
      // Real servers from here on: processes of their own, so that a crash takes nothing else along.
      {
        test: {
          name: "store",
          include: postgresTests,
          pool: "forks",
          testTimeout: minuteMs,
          hookTimeout: 2 * minuteMs,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 5 * minuteMs,
          hookTimeout: 5 * minuteMs,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
};

export default config;
