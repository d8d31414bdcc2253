import type { AnalysisKind } from "../../app/ports/analysis-kind.ts";
import { autoInstall } from "./auto-install/auto-install.ts";
import { dependencies } from "./dependencies/dependencies.ts";
import { externalDependencies } from "./external-dependencies/external-dependencies.ts";
import { hooks } from "./hooks/hooks.ts";
import { licences } from "./licences/licences.ts";
import { manifest } from "./manifest/manifest.ts";
import { constraintPreChecks } from "./constraint-pre-checks/constraint-pre-checks.ts";
import { schemaDifference } from "./schema-difference/schema-difference.ts";
import { sources } from "./sources/sources.ts";
import { updateSet } from "./update-set/update-set.ts";
import { versionSteps } from "./version-steps/version-steps.ts";
import { backgroundWork } from "./background-work/background-work.ts";
import { neutralise } from "./neutralise/neutralise.ts";
import { recordDifference } from "./record-difference/record-difference.ts";
import { security } from "./security/security.ts";
import { translations } from "./translations/translations.ts";
import { assets } from "./assets/assets.ts";
import { dataFiles } from "./data-files/data-files.ts";
import { deprecatedApi } from "./deprecated-api/deprecated-api.ts";
import { fieldReferences } from "./field-references/field-references.ts";
import { methodOverrides } from "./method-overrides/method-overrides.ts";
import { migrationScripts } from "./migration-scripts/migration-scripts.ts";
import { viewComposition } from "./view-composition/view-composition.ts";
import { xmlidReferences } from "./xmlid-references/xmlid-references.ts";

/** Every way of looking at a release, in the order of the reference. */
export const analysisKinds: readonly AnalysisKind[] = [
  manifest,
  sources,
  versionSteps,
  dependencies,
  autoInstall,
  externalDependencies,
  updateSet,
  dataFiles,
  xmlidReferences,
  viewComposition,
  fieldReferences,
  schemaDifference,
  constraintPreChecks,
  recordDifference,
  migrationScripts,
  backgroundWork,
  security,
  translations,
  neutralise,
  licences,
  hooks,
  methodOverrides,
  assets,
  deprecatedApi,
];
