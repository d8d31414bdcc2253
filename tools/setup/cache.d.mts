export const isRoot: boolean;
export function cacheRoot(env?: NodeJS.ProcessEnv, root?: boolean, home?: string): string;
export function openDirectory(path: string): string;
export function closedDirectory(path: string): string | null;
export function readJson(path: string): unknown;
export function writeAtomically(path: string, text: string): void;
export function fillDirectory(target: string, fill: (into: string) => void | Promise<void>): Promise<void>;
export function takeLock(root: string, onWait?: () => void, name?: string): Promise<() => void>;
