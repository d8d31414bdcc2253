import type { DatabaseDifference } from "../../src/domain/impact/impact.ts";

/** Of an update that did nothing. */
export const noDifference: DatabaseDifference = {
  tablesAdded: [],
  tablesRemoved: [],
  columnsAdded: [],
  columnsRemoved: [],
  columnsRetyped: [],
  columnsRequired: [],
  columnsRelaxed: [],
  constraintsAdded: [],
  constraintsRemoved: [],
  indexesAdded: [],
  indexesRemoved: [],
  recordsAdded: [],
  recordsRemoved: [],
  modulesAdded: [],
  modulesRemoved: [],
  fieldsRemoved: [],
  selectionsRemoved: [],
  rowsLost: [],
  otherChanges: [],
};
