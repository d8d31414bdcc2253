import type { ChangeKind } from "../../app/ports/change-kind.ts";
import { rehearsal } from "./rehearsal/rehearsal.ts";
import { release } from "./release/release.ts";

/** Every kind of change that Plimsoll can plan. */
export const changeKinds: readonly ChangeKind[] = [release, rehearsal];
