import { repositoryRoot } from "./repository-root.ts";
import { CannotCreate, planExtension, writeExtension } from "./new-extension.ts";

const usage = "Usage: npm run new -- step|gate|runtime|analysis ID [--dry-run]";

/** `npm run new -- gate check-indexes`: folder, source, test and registry line. @returns the exit code */
export function runNew(parameters: readonly string[], root: string, say: (line: string) => void): number {
  const known = parameters.filter((parameter) => parameter !== "--dry-run");
  const [type, id, ...rest] = known;
  if (type === undefined || id === undefined || rest.length > 0 || known.some((parameter) => parameter.startsWith("-"))) {
    say(usage);
    return 1;
  }
  const dryRun = known.length < parameters.length;
  try {
    const extension = planExtension(root, type, id);
    if (!dryRun) writeExtension(root, extension);
    for (const path of Object.keys(extension.files)) say(`${dryRun ? "would write" : "wrote"}    ${path}`);
    say(`${dryRun ? "would change" : "changed"}  ${extension.registry.path}`);
    for (const line of extension.registry.added) say(`             + ${line}`);
    say("");
    say("Next:");
    extension.next.forEach((line, index) => say(`  ${index + 1}. ${line}`));
    say(`  ${extension.next.length + 1}. npm run check`);
    return 0;
  } catch (error) {
    if (!(error instanceof CannotCreate)) throw error;
    say(error.message);
    say(usage);
    return 1;
  }
}

if (import.meta.main) process.exitCode = runNew(process.argv.slice(2), repositoryRoot, (line) => process.stdout.write(`${line}\n`));
