/** One challenge of a `WWW-Authenticate` header (RFC 9110, 11.6.1). The scheme and the parameters' names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const blank = /[ \t,]*/y;
const parameter = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z:/?-]*))/y;

/** Reads every challenge of the header's values; stops at the first thing that is none, and never throws. */
export function parseChallenges(values: readonly string[]): Challenge[] {
  return values.flatMap((value) => (value.length > 8192 ? [] : parseValue(value)));
}

function parseValue(value: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const match = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = at;
    const found = form.exec(value);
    if (found) at += found[0].length;
    return found;
  };
  for (;;) {
    match(blank);
    const current = challenges.at(-1);
    const found = current && match(parameter);
    if (current && found) {
      const quoted = found[2];
      current.parameters.set((found[1] ?? '').toLowerCase(), quoted === undefined ? (found[3] ?? '') : quoted.replace(/\\(.)/g, '$1'));
      continue;
    }
    const scheme = match(token);
    if (!scheme) return challenges;
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
  }
}
