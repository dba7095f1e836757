import { command } from './command.js';

/** The version that a program tells of itself, such as 1.1.5; undefined where it does not. */
export async function programVersion(path: string): Promise<string | undefined> {
  const flag = path.endsWith('/ip') ? '-V' : '--version';
  const { stdout, stderr } = await command(path, [flag]).catch(() => ({ stdout: '', stderr: '' }));
  return /\d+(?:\.\d+)+(?:[-+~][\w.+~]*)?/.exec((stdout || stderr).replaceAll(/https?:\S+/g, ''))?.[0];
}
