/** How things are named, for every edge where a name enters. */
export const namePatterns: Readonly<Record<"release" | "releaseReference" | "resource" | "change" | "deployment" | "digest", RegExp>> = {
  /** Of a release: letters, digits, `.`, `_`, `-`; a letter or digit first; at most 64. */
  release: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  /** A release by name or by full digest. */
  releaseReference: /^(sha256:[0-9a-f]{64}|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/,
  /** Of a tenant or an environment: it becomes part of folder, process and user names. */
  resource: /^[a-z][a-z0-9-]{0,39}$/,
  change: /^C-[0-9]{1,9}$/,
  deployment: /^D-[0-9]{1,9}$/,
  digest: /^sha256:[0-9a-f]{64}$/,
};
