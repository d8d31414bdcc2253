/** A version as Odoo 19 understands it. */
export type VersionReading =
  | { readonly kind: "ok"; readonly version: string }
  | { readonly kind: "other-series"; readonly version: string }
  | { readonly kind: "malformed"; readonly why: string };

/**
 * The version that Odoo computes from a manifest's: two to five dotted integers; up to three parts get the series in front
 * (`1.2` → `19.0.1.2`). Rules of `adapt_version` and `check_version` in Odoo 19's `modules/module.py`, stricter in one
 * point: signs, blanks and underscores, which Python's `int` would take, are malformed.
 */
export function readVersion(written: string, series: string): VersionReading {
  const parts = written.split(".");
  if (parts.length < 2 || parts.length > 5)
    return { kind: "malformed", why: `the version "${written}" has ${parts.length} parts instead of two to five` };
  // A series such as `saas~19.1` has letters in front; Odoo compares only its digits as a number.
  const digits = written.startsWith(series) ? [(parts[0] ?? "").replace(/[^0-9]/g, ""), ...parts.slice(1)] : parts;
  const odd = digits.find((part) => !/^[0-9]+$/.test(part));
  if (odd !== undefined) return { kind: "malformed", why: `the version "${written}" has the part "${odd}", which is not a number` };
  const version = parts.length <= 3 && !written.startsWith(series) ? `${series}.${written}` : written;
  return version.startsWith(`${series}.`) ? { kind: "ok", version } : { kind: "other-series", version };
}
