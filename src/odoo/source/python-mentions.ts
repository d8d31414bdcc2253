import type { Mention } from "../../domain/release/module-source.ts";

/**
 * Names that Odoo gave up or is about to; what they mean for a release is told by whoever looks for them. In any text, so also in comments:
 * a mention is a reason to look, no proof.
 */
const names =
  /(?<=\.)_(?:cr|uid|context)\b|\bodoo\.osv\b|\bosv\b(?=\s*(?:import|\.))|\bimport osv\b|(?<=\.)(?:read_group|check_access_rights|check_access_rule|_filter_access_rules(?:_python)?|_check_recursion|_check_m2m_recursion|toggle_active|name_get|fields_view_get|user_has_groups|invalidate_cache|get_xml_id|get_module_resource|_company_default_get)(?=\()|\/xmlrpc\/(?:2\/)?(?:object|common|db)\b|(?<=["'])\/jsonrpc\b|\b(?:lazy_property|ormcache_context|pycompat)\b/g;

/** Files that name something are few, so this decides for most of them. */
const hint =
  /\._(?:cr|uid|context)\b|osv|read_group|check_access_r|_filter_access_rules|_recursion|toggle_active|name_get|fields_view_get|user_has_groups|invalidate_cache|get_xml_id|get_module_resource|_company_default_get|xmlrpc|jsonrpc|lazy_property|ormcache_context|pycompat/;

const mentionsMax = 1000;

/** @param files path in the module → text; null: not UTF-8 */
export function pythonMentions(files: ReadonlyMap<string, string | null>): readonly Mention[] {
  const found: Mention[] = [];
  for (const [file, text] of files) {
    if (!file.endsWith(".py") || file.startsWith("tests/") || text === null || !hint.test(text)) continue;
    let [line, at] = [1, 0];
    for (const match of text.matchAll(names)) {
      for (let next = text.indexOf("\n", at); next !== -1 && next < match.index; next = text.indexOf("\n", at))
        [line, at] = [line + 1, next + 1];
      const before = text.slice(Math.max(at, match.index - 500), match.index);
      if (before.includes("#") || isDefined(before)) continue;
      found.push({ name: match[0].replace(/\s+/g, " "), file, line });
      if (found.length >= mentionsMax) return found;
    }
  }
  return found;
}

/** `super().read_group(`: an override passes on what still is there. */
function isDefined(before: string): boolean {
  return /super\(.*\)\.$/.test(before);
}
