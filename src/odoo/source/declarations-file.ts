import { routesOf } from "./declarations-routes.ts";
import type {
  FunctionDeclaration,
  ModelClass,
  PythonDeclarations,
  RouteDeclaration,
  SourceProblem,
  Unknown,
} from "../../domain/release/module-source.ts";
import { decoratorsOf, parametersOf } from "./declarations-members.ts";
import type { Reading } from "./declarations-model-members.ts";
import { modelClass, modelType } from "./declarations-model.ts";
import { bodyOddities, importTimeOddities } from "./declarations-oddities.ts";
import type { PackageNames } from "./python-names.ts";
import { runsOf } from "./python-runs.ts";
import type { FileScope } from "./python-scope.ts";
import { hash } from "node:crypto";
import { kind } from "./python-kinds.ts";
import { normalText } from "./python-normal.ts";
import type { TokenRange } from "./python-body.ts";
import type { BlockStatement, ClassStatement, FunctionStatement, Statement } from "./python-syntax.ts";

export interface FileDeclarations {
  readonly declarations: PythonDeclarations;
  readonly problems: readonly SourceProblem[];
}

/** What a file declares when Python imports it. */
export function declarationsOf(file: string, scope: FileScope, names: PackageNames): FileDeclarations {
  const unknowns: Unknown[] = [];
  const problems: SourceProblem[] = [];
  const { line } = scope;
  const reading: Reading = {
    file,
    scope,
    names,
    line,
    unknown: (kind, token, what, about) =>
      unknowns.push({ kind, file, line: line(token), what, ...(about === undefined ? {} : { digest: digestOf(about, scope) }) }),
    problem: (kind, token, what) => problems.push({ kind, file, line: line(token), what }),
  };
  const found = { classes: [] as ModelClass[], routes: [] as RouteDeclaration[], functions: [] as FunctionDeclaration[] };
  read(scope.parsed.statements, reading, found, null);
  return { declarations: { file, ...found, unknowns }, problems };
}

function digestOf(about: TokenRange | string, { parsed }: FileScope): string {
  const text = typeof about === "string" ? about : normalText(parsed.tokens, about.from, about.to);
  return hash("sha256", text, "hex").slice(0, 16);
}

interface Found {
  readonly classes: ModelClass[];
  readonly routes: RouteDeclaration[];
  readonly functions: FunctionDeclaration[];
}

type Block = Statement & BlockStatement;

function read(statements: readonly Statement[], reading: Reading, found: Found, block: Block | null): void {
  for (const statement of statements) {
    if (statement.kind === "class") readClass(statement, reading, found, block);
    else if (statement.kind === "function") {
      found.functions.push(functionDeclaration(statement, reading));
      bodyOddities(statement, reading.scope, reading.unknown);
    } else if (statement.kind === "block") {
      for (const [index, branch] of statement.branches.entries())
        if (!statement.typing || index > 0) read(branch, reading, found, statement.typing ? block : statement);
    } else if (statement.kind !== "import") importTimeOddities(statement, block ?? statement, reading.scope, reading.unknown);
  }
}

function readClass(statement: ClassStatement, reading: Reading, found: Found, block: Block | null): void {
  inClass(statement.body, statement, reading, block);
  const model = modelClass(statement, reading);
  if (model !== null) found.classes.push(model);
  else found.routes.push(...routesOf(statement, reading));
  if (model !== null && block !== null)
    reading.unknown(
      "class-in-condition",
      statement.at,
      `The model class ${statement.name} stands in "${block.word}", so it may not be there.`,
      headOf(block, reading.scope),
    );
}

function inClass(body: readonly Statement[], owner: ClassStatement, reading: Reading, block: TokenRange | null): void {
  for (const statement of body) {
    if (statement.kind === "function") bodyOddities(statement, reading.scope, reading.unknown);
    else if (statement.kind === "class") {
      inClass(statement.body, statement, reading, block);
      if (modelType(statement, reading.scope, reading.names) !== null && statement.args.length > 0)
        reading.unknown("class-in-class", statement.at, `The model class ${statement.name} stands in the class ${owner.name}.`);
    } else if (statement.kind === "block") for (const branch of statement.branches) inClass(branch, owner, reading, block ?? statement);
    else if (statement.kind !== "import") importTimeOddities(statement, block ?? statement, reading.scope, reading.unknown);
  }
}

/** What it asks, without what it then does. */
function headOf(block: Block, { parsed }: FileScope): TokenRange {
  let to = block.from;
  while (to < block.to && parsed.tokens.kinds[to] !== kind.newline) to += 1;
  return { from: block.from, to };
}

export function functionDeclaration(statement: FunctionStatement, reading: Pick<Reading, "scope" | "names" | "line">): FunctionDeclaration {
  const place = reading.names.place(reading.scope);
  return {
    name: statement.name,
    line: reading.line(statement.at),
    decorators: decoratorsOf(statement.decorators, place),
    parameters: parametersOf(statement.parameters, place),
    ...runsOf(statement, reading.scope, reading.names),
  };
}
