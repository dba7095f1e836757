import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as l10n from '@vscode/l10n';

/** A Node.js that can run the local engine, and the environment that makes an editor's own program behave as one. */
export interface NodeProgram {
  readonly path: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
  readonly source: 'setting' | 'editor' | 'system';
}

/** Looked for and not usable: with the reason of each. */
export interface NoNode {
  readonly reasons: readonly string[];
}

export interface NodeSearch {
  /** The setting: a path; empty or absent where the user left it alone. */
  readonly asked?: string;
  readonly editorPath: string;
  readonly editorVersion: string;
  /** What `node --version` prints; rejects where there is none. */
  readonly versionOf?: (path: string) => Promise<string>;
}

const needed: readonly [number, number] = [22, 19];

/** The one that the setting names and no other; else the editor's own, then the one on the PATH. */
export async function findNode({ asked, editorPath, editorVersion, versionOf = askVersion }: NodeSearch): Promise<NodeProgram | NoNode> {
  const tooOld = (version: string) => l10n.t('is version {0}, and {1} or later is needed', version.replace(/^v/, ''), needed.join('.'));
  if (asked !== undefined && asked !== '') {
    const version = await versionOf(asked).catch(() => undefined);
    if (version === undefined) return { reasons: [l10n.t('{0} (setting caisson.node) cannot be run', asked)] };
    return isNewEnough(version) ? { path: asked, version, env: {}, source: 'setting' } : { reasons: [`${asked} (caisson.node) ${tooOld(version)}`] };
  }
  const reasons: string[] = [];
  // Harmless where the editor's program is plain Node already, as in remote extension hosts.
  if (isNewEnough(editorVersion)) return { path: editorPath, version: editorVersion, env: { ELECTRON_RUN_AS_NODE: '1' }, source: 'editor' };
  reasons.push(l10n.t("the editor's own Node.js {0}", tooOld(editorVersion)));
  const version = await versionOf('node').catch(() => undefined);
  if (version === undefined) reasons.push(l10n.t('there is no node on the PATH'));
  else if (isNewEnough(version)) return { path: 'node', version, env: {}, source: 'system' };
  else reasons.push(l10n.t('node on the PATH {0}', tooOld(version)));
  return { reasons };
}

/** `v22.19.0` and later; a version that is none counts as too old. */
export function isNewEnough(version: string): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > needed[0] || (Number(major) === needed[0] && Number(minor) >= needed[1]);
}

async function askVersion(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
  return stdout.trim();
}
