const vitest = (project) => ({ name: project, project });

/** The fast inner loop: seconds, needs nothing but Node. */
export const checkTiers = [
  { name: "types", command: ["tsc", "-p", "tsconfig.json", "--noEmit"] },
  { name: "types of the domain", command: ["tsc", "-p", "src/domain/tsconfig.json", "--noEmit"] },
  { name: "lint", command: ["oxlint"] },
  { name: "format", command: ["oxfmt", "--check"] },
  vitest("unit"),
  vitest("architecture"),
];

/** What `npm test` adds, the fast and the simulated before the real. */
export const partTiers = ["processes", "conformance", "simulation", "store", "crash", "e2e"].map(vitest);
