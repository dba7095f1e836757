import { realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import * as l10n from '@vscode/l10n';

export interface ProgramSearch {
  /** The setting: a path; empty or absent where the user left it alone. */
  readonly asked?: string;
  /** Folders of the workspace: their own caisson comes before the system's. */
  readonly folders: readonly string[];
  /** The PATH. */
  readonly searchPath: string;
}

export type FoundProgram = { readonly script: string } | { readonly reason: string };

/** Where the script of the command line is, which Node runs: as the setting says, of the workspace's packages, or on the PATH. */
export async function findCaisson({ asked, folders, searchPath }: ProgramSearch): Promise<FoundProgram> {
  if (asked !== undefined && asked !== '') {
    const script = isAbsolute(asked) ? await scriptAt(asked) : await firstOf(folders.map((folder) => join(folder, asked)));
    return script === undefined ? { reason: l10n.t('there is no file {0} (setting caisson.path)', asked) } : { script };
  }
  const inside = folders.map((folder) => join(folder, 'node_modules/caisson/bin/caisson.cjs'));
  const onPath = searchPath.split(delimiter).filter(Boolean).map((folder) => join(folder, 'caisson'));
  const script = await firstOf([...inside, ...onPath]);
  return script === undefined ? { reason: l10n.t('caisson is neither in the workspace nor on the PATH: npm install caisson, or name it in the setting caisson.path') } : { script };
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const script = await scriptAt(path);
    if (script !== undefined) return script;
  }
  return undefined;
}

/** npm puts links on the PATH: Node needs the file that they lead to. */
async function scriptAt(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}
