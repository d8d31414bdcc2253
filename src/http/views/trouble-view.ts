import type { Trouble } from "../../app/trouble.ts";
import type { TroubleView } from "../contract/trouble.ts";

const safety: Readonly<Record<Trouble["users"], string>> = {
  "on-the-old-release": "The environment is safe: users work on the old release, and nothing more is done until somebody decides.",
  waiting:
    "The environment is safe: the original database is untouched. Users wait, as far as the record shows; plimsoll environment show measures it.",
  "on-the-new-release": "The environment is safe: users work on the new release, and nothing goes back by itself.",
  unknown: "Nothing more is done until somebody decides. What users have now isn't on record: plimsoll environment show measures it.",
};

export function troubleView(change: string, trouble: Trouble | null): TroubleView | null {
  return trouble === null ? null : { reason: trouble.reason, safety: safety[trouble.users], next: resumeCommand(change) };
}

export function resumeCommand(change: string): string {
  return `plimsoll change resume ${change} --reason "…"`;
}
