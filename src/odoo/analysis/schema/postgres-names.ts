import { quoteIdentifier } from "../../../domain/shared/sql-quoting.ts";

/** Longest name in bytes that PostgreSQL keeps. */
const longest = 63;

/** Odoo's `make_identifier`: a longer name ends in a checksum of itself. */
export function postgresName(name: string): string {
  return name.length <= longest ? name : `${name.slice(0, 54)}_${crc32(name).toString(16).padStart(8, "0")}`;
}

/** The index that a field's `index` asks for. */
export function fieldIndexName(table: string, column: string): string {
  return postgresName(`${table}__${column}_index`);
}

/** The name that PostgreSQL itself makes up (`makeObjectName`): both parts are shortened, the longer one first. ASCII only. */
export function objectName(first: string, second: string | null, label: string): string {
  let [left, right] = [first.length, second?.length ?? 0];
  const room = longest - label.length - 1 - (second === null ? 0 : 1);
  while (left + right > room) {
    if (left > right) left -= 1;
    else right -= 1;
  }
  return [first.slice(0, left), ...(second === null ? [] : [second.slice(0, right)]), label].join("_");
}

/** As PostgreSQL writes names in definitions: in quotes where they would be read as something else. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name) ? name : quoteIdentifier(name);
}

/** What `quote_identifier` puts in quotes: every keyword but the unreserved ones. */
const reserved: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character
  check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role
  current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists
  extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int integer
  intersect interval into is isnull join json json_array json_arrayagg json_object json_objectagg lateral leading least left like limit
  localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer
  overlaps overlay placing position precision primary real references returning right row select session_user setof similar smallint
  some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values
  varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
  xmlroot xmlserialize xmltable`.split(/\s+/),
);

function crc32(text: string): number {
  let crc = ~0;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
