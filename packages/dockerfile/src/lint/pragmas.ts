import type { Dockerfile } from '../ast.js';

/** What comments and directives of one file switch off, by lower-case code. */
export interface Pragmas {
  /** Codes for the whole file. */
  readonly file: ReadonlySet<string>;
  /** First and last line of a stretch, and the codes that are off in it. */
  readonly spans: readonly { readonly from: number; readonly to: number; readonly codes: ReadonlySet<string> }[];
  /** `# check=error=true`: findings of build checks fail the build. */
  readonly error: boolean;
  /** Experimental checks that are asked for; `all` for every one. */
  readonly experimental: ReadonlySet<string>;
  /** `# hadolint shell=…`. */
  readonly shell?: string;
}

/** No comment says anything. */
export const nothing: Pragmas = { file: new Set(), spans: [], error: false, experimental: new Set() };

function codes(list: string): string[] {
  return list
    .split(/[,\s]+/)
    .filter(Boolean)
    .map((code) => code.toLowerCase());
}

/** `skip=A,B;error=true;experimental=C`, in any order. */
function checkOptions(text: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) options.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return options;
}

/**
 * Reads `# check=…` at the top and above an instruction (above FROM it holds for the stage), `# hadolint ignore=…` above an
 * instruction, `# hadolint global ignore=…` and `# hadolint shell=…` anywhere.
 */
export function readPragmas(file: Dockerfile): Pragmas {
  if (file.directives.length === 0 && !file.comments.some(({ text }) => text.startsWith('hadolint') || text.startsWith('check'))) return nothing;
  const whole = new Set<string>();
  const spans: { from: number; to: number; codes: Set<string> }[] = [];
  let shell: string | undefined;
  const top = checkOptions(file.directives.find((directive) => directive.name === 'check')?.value ?? '');
  for (const code of codes(top.get('skip') ?? '')) whole.add(code);
  for (const { text } of file.comments) {
    const match = /^hadolint\s+(global\s+ignore|shell)\s*=\s*(.*)$/.exec(text);
    if (match?.[1] === 'shell') shell = match[2]?.trim();
    else if (match) for (const code of codes(match[2] ?? '')) whole.add(code);
  }
  for (const [index, instruction] of file.instructions.entries()) {
    for (const { text } of instruction.comments) {
      const ignore = /^hadolint\s+ignore\s*=\s*(.*)$/.exec(text);
      if (ignore) spans.push({ from: instruction.range.start.line, to: instruction.range.end.line, codes: new Set(codes(ignore[1] ?? '')) });
      const check = /^check\s*=\s*(.*)$/.exec(text);
      const skip = check ? codes(checkOptions(check[1] ?? '').get('skip') ?? '') : [];
      if (skip.length === 0) continue;
      const next = instruction.name === 'FROM' ? file.instructions.findIndex((other, at) => at > index && other.name === 'FROM') : index + 1;
      const last = file.instructions[(next < 0 ? file.instructions.length : next) - 1] ?? instruction;
      spans.push({ from: instruction.range.start.line, to: last.range.end.line, codes: new Set(skip) });
    }
  }
  return {
    file: whole,
    spans,
    error: /^(?:1|t|true)$/i.test(top.get('error') ?? ''),
    experimental: new Set(codes(top.get('experimental') ?? '')),
    ...(shell ? { shell } : {}),
  };
}

/** Whether one of the codes is off at a line. */
export function isSuppressed(pragmas: Pragmas, names: readonly string[], line: number): boolean {
  const off = (set: ReadonlySet<string>) => set.has('all') || names.some((name) => set.has(name.toLowerCase()));
  return off(pragmas.file) || pragmas.spans.some((span) => span.from <= line && line <= span.to && off(span.codes));
}
