import type { ChangeProblem, PlanningFacts } from "../../../app/ports/change-kind.ts";
import { diskNeededBytes, isThisMachine } from "../../../odoo/analysis/disk-need.ts";

/** What a clone and a swap need under their feet. Preflight asks again at the start; said here, it costs nobody a wait. */
export function groundProblems(facts: PlanningFacts): ChangeProblem[] {
  return [...rightsProblems(facts), ...linkProblems(facts), ...diskProblems(facts)];
}

function rightsProblems({ cluster: { role }, environment: { spec } }: PlanningFacts): ChangeProblem[] {
  const { name } = spec.database;
  const missing = [
    ...(role.ownsDatabase ? [] : [{ right: `ownership of database "${name}"`, fix: `ALTER DATABASE "${name}" OWNER TO "${role.role}";` }]),
    ...(role.createdb ? [] : [{ right: "CREATEDB", fix: `ALTER ROLE "${role.role}" CREATEDB;` }]),
  ];
  return missing.map(({ right, fix }) => ({
    code: "DATABASE_RIGHTS_MISSING",
    message: `The role "${role.role}" lacks ${right}, which the clone and the swap need.`,
    fix,
  }));
}

function linkProblems({ links }: PlanningFacts): ChangeProblem[] {
  if (links.possible) return [];
  return [
    {
      code: "FILESTORE_OTHER_FILESYSTEM",
      message: links.why ?? "Attachments can't be hard-linked.",
      fix: "Put the whole data directory on one file system that has hard links.",
    },
  ];
}

/** The data directory's disk, where a database on the same machine usually lies too; another machine's can't be measured. */
function diskProblems({ cluster, filestore, environment: { spec } }: PlanningFacts): ChangeProblem[] {
  const neededBytes = diskNeededBytes(cluster);
  if (!isThisMachine(spec.database.host) || filestore.diskFreeBytes >= neededBytes) return [];
  return [
    {
      code: "DISK_TOO_SMALL",
      message: `The disk of ${spec.dataDirectory} has ${megabytes(filestore.diskFreeBytes)} free; a change of ${spec.database.name} needs ${megabytes(neededBytes)}.`,
      fix: "Free some room: it takes three times the database and its write-ahead log, for the clone and what its update rewrites.",
    },
  ];
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString("en")} MB`;
}
