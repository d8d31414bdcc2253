import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import { compareSnapshots } from "../snapshot-difference.ts";
import { updateSchema, type SchemaQuestion, type UpdatedSchema } from "./update-schema.ts";

export interface SchemaPrediction extends Pick<UpdatedSchema, "changes" | "uncertain" | "risks"> {
  /** Without records and rows. */
  readonly difference: DatabaseDifference;
}

/** What an update does to the schema, in the words that are used for what is seen afterwards. */
export function predictSchemaUpdate(question: SchemaQuestion): SchemaPrediction {
  // Records and rows are compared elsewhere.
  const before = { ...(question.comparedWith ?? question.catalogue), records: {}, rows: {} };
  const { catalogue, ...rest } = updateSchema(question);
  return { difference: compareSnapshots(before, { ...catalogue, records: {}, rows: {} }), ...rest };
}
