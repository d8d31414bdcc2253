/** Content-addressed attachment trees under an environment's data directory, one per database name. */
export interface Filestore {
  /** Bytes and files of a database's tree. @throws FILESTORE_MISSING */
  measure(database: string): Promise<{ readonly files: number; readonly bytes: number; readonly diskFreeBytes: number }>;
  /** Can hard links be made inside the data directory? @throws FILESTORE_OTHER_FILESYSTEM */
  checkLinks(database: string): Promise<void>;
  /** Hard-links what `to` lacks from `from`, `checklist/` included; adds only. */
  linkMissing(
    from: string,
    to: string,
    options: { readonly signal: AbortSignal; readonly progress?: (fraction: number) => void },
  ): Promise<{ readonly linked: number }>;
  exists(database: string): Promise<boolean>;
  /** Removes a tree that belongs to a deployment; refuses the live one. */
  remove(database: string): Promise<void>;
}
