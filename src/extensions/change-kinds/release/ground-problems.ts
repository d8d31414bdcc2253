import type { ChangeProblem, PlanningFacts } from "../../../app/ports/change-kind.ts";
import { diskFreeBytes, diskNeededBytes, isThisMachine } from "../../../odoo/analysis/disk-need.ts";

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

/** The data directory's disk, where a database on the same machine usually lies too; another machine's is declared. */
function diskProblems({ cluster, filestore, environment: { spec } }: PlanningFacts): ChangeProblem[] {
  const neededBytes = diskNeededBytes(cluster);
  const freeBytes = diskFreeBytes(spec.database, filestore.diskFreeBytes);
  if (freeBytes === null) {
    return [
      {
        message: `Nobody knows whether the disk of ${spec.database.host} holds a clone of ${spec.database.name}, which needs ${megabytes(neededBytes)}.`,
        fix: "The cluster is on another machine: state the room there is as spec.database.diskFree of the environment, such as 200GiB, and apply it.",
      },
    ];
  }
  if (freeBytes >= neededBytes) return [];
  return [
    {
      code: "DISK_TOO_SMALL",
      message: `The disk of ${isThisMachine(spec.database.host) ? spec.dataDirectory : spec.database.host} has ${megabytes(freeBytes)} free; a change of ${spec.database.name} needs ${megabytes(neededBytes)}.`,
      fix: "Free some room: it takes three times the database and its write-ahead log, for the clone and what its update rewrites.",
    },
  ];
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString("en")} MB`;
}
