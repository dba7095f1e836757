import { readFile } from 'node:fs/promises';

export interface StageOutline {
  /** Its name, or its number where it has none. */
  readonly name: string;
  readonly base: string;
  /** Names of the build arguments that it declares; of the first one also those in front of it. */
  readonly args: readonly string[];
}

/** One instruction of a Dockerfile, as it is written, continued lines joined. */
export interface InstructionLine {
  readonly keyword: string;
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  readonly endLine: number;
  /** Number of its stage; -1 in front of the first. */
  readonly stage: number;
}

/** All instructions with their lines. Here-documents count as lines of their own: they begin with no keyword that is asked for. */
export function instructionLines(text: string): readonly InstructionLine[] {
  const lines = text.split(/\r?\n/);
  const found: InstructionLine[] = [];
  let stage = -1;
  for (let i = 0; i < lines.length; i++) {
    const [, keyword] = /^\s*([A-Za-z]+)\s/.exec(lines[i] ?? '') ?? [];
    if (keyword === undefined) continue;
    const start = i;
    const parts = [lines[i] ?? ''];
    while (/\\\s*$/.test(parts.at(-1) ?? '') && i + 1 < lines.length) {
      parts[parts.length - 1] = (parts.at(-1) ?? '').replace(/\\\s*$/, ' ');
      do i++;
      while (/^\s*#/.test(lines[i] ?? '') && i + 1 < lines.length);
      parts.push(lines[i] ?? '');
    }
    if (keyword.toUpperCase() === 'FROM') stage++;
    found.push({ keyword: keyword.toUpperCase(), text: parts.join('').replace(/\s+/g, ' ').trim(), line: start + 1, endLine: i + 1, stage });
  }
  return found;
}

/** Stages and arguments of a Dockerfile; none of one that cannot be read or parsed: the build itself will say why. */
export async function stagesOf(dockerfile: string): Promise<readonly StageOutline[]> {
  try {
    return outline(await readFile(dockerfile, 'utf8'));
  } catch {
    return [];
  }
}

/** Enough of the syntax for a list to choose from: instructions that begin a line, continued lines joined. */
export function outline(text: string): readonly StageOutline[] {
  const stages: { name: string; base: string; args: string[] }[] = [];
  const global: string[] = [];
  for (const line of text.replace(/\\[ \t]*\r?\n(?:[ \t]*#.*\r?\n)*/g, ' ').split(/\r?\n/)) {
    const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$/i.exec(line);
    if (from) stages.push({ name: from[2]?.toLowerCase() ?? String(stages.length), base: from[1] ?? '', args: [] });
    const arg = /^\s*ARG\s+(.*)$/i.exec(line);
    const names = arg?.[1]?.match(/(?:^|\s)[A-Za-z_]\w*(?==|\s|$)/g)?.map((name) => name.trim()) ?? [];
    (stages.at(-1)?.args ?? global).push(...names);
  }
  stages[0]?.args.unshift(...global);
  return stages;
}
