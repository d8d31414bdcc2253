/**
 * Versions as Odoo compares them (`odoo/tools/parse_version.py`): numeric parts are padded, letters sort before the end of a
 * release, trailing zeros don't count.
 */
export type ParsedVersion = readonly string[];

const replacements: Readonly<Record<string, string>> = {
  pre: "c",
  preview: "c",
  "-": "final-",
  _: "final-",
  rc: "c",
  dev: "@",
  saas: "",
  "~": "",
};

export function parseVersion(version: string): ParsedVersion {
  const parts: string[] = [];
  for (const part of versionParts((version === "" ? "0.1" : version).toLowerCase())) {
    if (part.startsWith("*")) {
      if (part < "*final") while (parts.at(-1) === "*final-") parts.pop();
      while (parts.at(-1) === "00000000") parts.pop();
    }
    parts.push(part);
  }
  return parts;
}

/** Negative, zero or positive, as Python compares tuples. */
export function compareParsed(a: ParsedVersion, b: ParsedVersion): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const left = a[index] as string;
    const right = b[index] as string;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

export function compareVersions(a: string, b: string): number {
  return compareParsed(parseVersion(a), parseVersion(b));
}

function versionParts(version: string): string[] {
  const parts: string[] = [];
  for (const piece of version.split(/(\d+|[a-z]+|\.|-)/)) {
    const part = replacements[piece] ?? piece;
    if (part === "" || part === ".") continue;
    parts.push(/^\d/.test(part) ? part.padStart(8, "0") : `*${part}`);
  }
  return [...parts, "*final"];
}
