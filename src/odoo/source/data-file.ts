import type { DataReferences } from "../../domain/release/source-model.ts";

const tag = /<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>/g;
const attribute = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * What a data file calls and which files it reads when Odoo loads it (`odoo/tools/convert.py`): `<function>`, `eval`, `file=`, `web_icon`.
 *
 * @param path decides by its ending what the file is
 * @returns null when it has entities of its own or a comment without an end, which could hide anything
 */
export function readDataFile(path: string, text: string): DataReferences | null {
  if (path.endsWith(".csv")) return { calls: [], files: pathsIn(text) };
  if (!path.endsWith(".xml")) return { calls: [], files: [] };
  const lastComment = text.lastIndexOf("<!--");
  if (lastComment !== -1 && !text.includes("-->", lastComment)) return null;
  const xml = text.replace(/<!--[\s\S]*?-->/g, "");
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) return null;
  const calls = new Set<string>();
  const files = new Set<string>();
  for (const [, element = "", written = ""] of xml.matchAll(tag)) {
    const attributes = new Map([...written.matchAll(attribute)].map(([, name = "", a, b]) => [name, decode(a ?? b ?? "")]));
    for (const name of ["file", "web_icon"]) if (attributes.has(name)) files.add(attributes.get(name) ?? "");
    if (element === "function") calls.add(attributes.get("name") ?? "");
    for (const name of ["eval", "search", "context"]) {
      const code = attributes.get(name) ?? "";
      for (const [, called = ""] of code.matchAll(/(?<!\w)([A-Za-z_]\w*)\s*\(/g)) calls.add(called);
      for (const [, one = ""] of code.matchAll(/['"]([^'"]*\.\w+)['"]/g)) files.add(one);
    }
  }
  // Server actions and crons run their code when data calls them.
  if (["run", "_run", "method_direct_trigger", "run_action_code_multi"].some((name) => calls.has(name))) {
    for (const [, code = ""] of xml.matchAll(/<field\s[^<>]*\bname\s*=\s*["']code["'][^<>]*>([\s\S]*?)(?:<\/field>|$)/g))
      for (const [, called = ""] of code.matchAll(/(?<!\w)([A-Za-z_]\w*)\s*\(/g)) calls.add(called);
  }
  for (const [, value = ""] of xml.matchAll(/<field\s[^<>]*\bname\s*=\s*["']web_icon["'][^<>]*>([^<]*)</g)) files.add(decode(value).trim());
  return { calls: [...calls], files: [...files] };
}

/** `module,path` and `module/path` in cells. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w.-])[\w.-]{1,200}[,/][\w./-]{1,300}\.\w+/g)].map(([path]) => path);
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name?: string) => {
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (name === undefined) return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    return entities[name] ?? whole;
  });
}
