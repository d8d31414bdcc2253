const levels: Readonly<Record<string, string>> = { ALPHA: "a", BETA: "b", RELEASE_CANDIDATE: "rc", FINAL: "" };

/**
 * Series and version of an Odoo server from the text of its `odoo/release.py`, computed as that file does from its
 * `version_info`, without running it.
 *
 * @returns null when there is no `version_info` of the known form
 */
export function readServerVersion(text: string): { readonly series: string; readonly version: string } | null {
  const parts = /^version_info\s*=\s*\(([^()]*)\)/m
    .exec(text)?.[1]
    ?.split(",")
    .map((part) => part.trim());
  if (parts === undefined || parts.length < 6) return null;
  const [major, minor, , level, serial, suffix] = parts.map((part) => part.replace(/^(['"])(.*)\1$/s, "$2"));
  const mark = levels[level ?? ""];
  if (mark === undefined || major === undefined || minor === undefined || !/^(?:saas~)?[0-9]+$/.test(major) || !/^[0-9]+$/.test(minor))
    return null;
  const series = `${major}.${minor}`;
  return { series, version: `${series}${mark}${serial === "0" ? "" : (serial ?? "")}${suffix ?? ""}` };
}
