import { readFile } from 'node:fs/promises';

export interface StageOutline {
  /** Its name, or its number where it has none. */
  readonly name: string;
  readonly base: string;
  /** Names of the build arguments that it declares; of the first one also those in front of it. */
  readonly args: readonly string[];
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
