/**
 * Does Odoo load a PO file of this name for a database with these languages? It does for each that is active, first with the file of the
 * language that it is based on (`get_base_langs` in `odoo/tools/translate.py`).
 *
 * @param name `nl_BE` for `i18n/nl_BE.po`
 * @param languages null: not known, so any may be active
 */
export function isLoadedFor(name: string, languages: readonly string[] | null): boolean {
  return languages === null || languages.some((language) => filesOf(language).includes(name));
}

function filesOf(language: string): readonly string[] {
  const base = language.split("_", 1)[0] ?? language;
  return [
    base,
    ...(base === "es" && language !== "es_ES" && language !== "es_419" ? ["es_419"] : []),
    ...(language === "zh_HK" ? ["zh_TW"] : []),
    language,
  ];
}
