/** What a method takes, of the parameters as they are written without `self`. */
export interface Signature {
  readonly positional: readonly { readonly name: string; readonly required: boolean }[];
  readonly keywordOnly: readonly { readonly name: string; readonly required: boolean }[];
  readonly takesAny: boolean;
  readonly takesAnyKeyword: boolean;
}

export function signatureOf(parameters: readonly string[]): Signature {
  const positional: { name: string; required: boolean }[] = [];
  const keywordOnly: { name: string; required: boolean }[] = [];
  let [takesAny, takesAnyKeyword, only] = [false, false, false];
  for (const parameter of parameters) {
    const name = /^[\w*/]+/.exec(parameter)?.[0] ?? parameter;
    if (name === "/") continue;
    if (name.startsWith("**")) takesAnyKeyword = true;
    else if (name.startsWith("*")) {
      only = true;
      takesAny ||= name !== "*";
    } else (only ? keywordOnly : positional).push({ name, required: !parameter.includes("=") });
  }
  return { positional, keywordOnly, takesAny, takesAnyKeyword };
}

/** Why a call that suits the parent fails at the override; null: it doesn't. */
export function cannotStandFor(override: Signature, parent: Signature): string | null {
  const lacks = parent.positional.slice(override.positional.length);
  const unknown = lacks.find(({ name }) => !override.takesAny && !override.takesAnyKeyword && !has(override.keywordOnly, name));
  if (unknown !== undefined) return `it doesn't take ${unknown.name}`;
  const keyword = parent.keywordOnly.find(
    ({ name }) => !override.takesAnyKeyword && !has(override.keywordOnly, name) && !has(override.positional, name),
  );
  if (keyword !== undefined) return `it doesn't take ${keyword.name}`;
  const more = [...override.positional.slice(parent.positional.length), ...override.keywordOnly];
  const asked = more.find(
    ({ name, required }) => required && !parent.takesAny && !has(parent.keywordOnly, name) && !has(parent.positional, name),
  );
  return asked === undefined ? null : `it asks for ${asked.name}`;
}

function has(parameters: readonly { readonly name: string }[], name: string): boolean {
  return parameters.some((parameter) => parameter.name === name);
}
