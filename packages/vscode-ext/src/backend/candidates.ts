import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ContextStore, dockerConfigFolder, parseEndpoint, type Endpoint } from '@caisson/docker-api/client';
import * as l10n from '@vscode/l10n';
import { explain } from '../util/errors.js';
import { findCaisson } from './caisson-program.js';
import type { DaemonCommand } from './local-daemon.js';
import { findNode } from './node-program.js';

/** Something that can be the engine, or the reason why it cannot. Nothing is contacted to find out. */
export interface Candidate {
  /** What the setting `caisson.backend` says to have this one: `local`, `context:NAME`, or a host. */
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly target: Target | undefined;
  /** Why there is no target. */
  readonly reason?: string;
}

export type Target = { readonly kind: 'local'; readonly command: DaemonCommand } | { readonly kind: 'host'; readonly endpoint: Endpoint };

export interface Surroundings {
  readonly caissonPath: string;
  readonly nodePath: string;
  readonly dataRoot: string;
  readonly folders: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly editorPath: string;
  readonly editorVersion: string;
  readonly platform: NodeJS.Platform;
}

/** All that this machine offers, the local engine first. */
export async function candidates(around: Surroundings): Promise<readonly Candidate[]> {
  const { env, platform } = around;
  const sockets = [
    ['docker', platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock'],
    ...(env['XDG_RUNTIME_DIR'] ? [['docker (rootless)', `unix://${join(env['XDG_RUNTIME_DIR'], 'docker.sock')}`], ['podman', `unix://${join(env['XDG_RUNTIME_DIR'], 'podman/podman.sock')}`]] : []),
    ...(platform === 'linux' ? [['podman (root)', 'unix:///run/podman/podman.sock']] : []),
  ] as const;
  const fromEnv = env['DOCKER_HOST'] ? [hostCandidate(env['DOCKER_HOST'], 'DOCKER_HOST')] : [];
  return [await localCandidate(around), ...fromEnv, ...contextCandidates(), ...sockets.map(([label = '', host = '']) => hostCandidate(host, label))];
}

/** The one that the setting means; absent: the local engine. */
export async function candidateOf(setting: string, around: Surroundings): Promise<Candidate> {
  if (setting === '' || setting === 'local') return localCandidate(around);
  if (!setting.startsWith('context:')) return hostCandidate(setting, setting);
  const name = setting.slice('context:'.length);
  return contextCandidates().find((one) => one.id === setting) ?? { id: setting, label: name, detail: '', target: undefined, reason: l10n.t('there is no docker context {0}', name) };
}

async function localCandidate({ caissonPath, nodePath, dataRoot, folders, env, editorPath, editorVersion }: Surroundings): Promise<Candidate> {
  const base = { id: 'local', label: l10n.t('Local engine') };
  const [program, node] = await Promise.all([findCaisson({ asked: caissonPath, folders, searchPath: env['PATH'] ?? '' }), findNode({ asked: nodePath, editorPath, editorVersion })]);
  const reasons = [...('reason' in program ? [program.reason] : []), ...('reasons' in node ? node.reasons : [])];
  if ('reason' in program || 'reasons' in node) return { ...base, detail: '', target: undefined, reason: reasons.join('; ') };
  const command: DaemonCommand = { node: node.path, env: node.env, script: program.script, ...(dataRoot === '' ? {} : { dataRoot }) };
  return { ...base, detail: l10n.t('{0} on Node.js {1}', program.script, node.version.replace(/^v/, '')), target: { kind: 'local', command } };
}

function contextCandidates(): readonly Candidate[] {
  const store = new ContextStore(dockerConfigFolder());
  return store.list().map((context) => {
    const base = { id: `context:${context.name}`, label: l10n.t('docker context {0}', context.name), detail: context.host };
    try {
      return { ...base, target: { kind: 'host', endpoint: parseEndpoint(context.host, store.tls(context)) } };
    } catch (error) {
      return { ...base, target: undefined, reason: explain(error) };
    }
  });
}

function hostCandidate(host: string, label: string): Candidate {
  const base = { id: host, label, detail: host };
  try {
    const endpoint = parseEndpoint(host);
    const missing = endpoint.kind === 'unix' && !existsSync(endpoint.path);
    return missing ? { ...base, target: undefined, reason: l10n.t('there is no socket {0}', endpoint.path) } : { ...base, target: { kind: 'host', endpoint } };
  } catch (error) {
    return { ...base, target: undefined, reason: explain(error) };
  }
}
