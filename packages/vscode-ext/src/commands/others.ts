import { ConfigurationTarget, env, l10n, window, workspace } from 'vscode';
import type { App } from '../app.js';
import { formatBytes } from '../format/units.js';
import { connectedRegistries, registryProcess } from '../registries/nodes.js';
import { subjectsOf, type CommandArguments } from './targets.js';

export async function createVolume(app: App): Promise<void> {
  const name = await window.showInputBox({ title: l10n.t('Name of the new volume'), prompt: l10n.t('Letters, digits, _, . and -') });
  if (name !== undefined) await (await app.engine()).volumes.create(name === '' ? {} : { name });
}

export async function removeVolumes(app: App, args: CommandArguments): Promise<void> {
  const volumes = subjectsOf(args, 'volume');
  if (volumes.length === 0 || !(await app.confirm(l10n.t('Remove {0}?', volumes.map(({ volume }) => volume.name).join(', ')), l10n.t('Remove'), l10n.t('What is in it is lost.')))) return;
  const engine = await app.engine();
  for (const { volume } of volumes) await engine.volumes.remove(volume.name);
}

export async function pruneVolumes(app: App): Promise<void> {
  if (!(await app.confirm(l10n.t('Remove all volumes without a name that no container uses?'), l10n.t('Remove'), l10n.t('What is in it is lost.')))) return;
  const { volumes, bytes } = await (await app.engine()).volumes.prune();
  app.say(l10n.t('{0} volumes removed, {1} freed', volumes.length, formatBytes(bytes)));
}

export async function createNetwork(app: App): Promise<void> {
  const name = await window.showInputBox({ title: l10n.t('Name of the new network') });
  if (name !== undefined && name !== '') await (await app.engine()).networks.create({ name });
}

export async function removeNetworks(app: App, args: CommandArguments): Promise<void> {
  const networks = subjectsOf(args, 'network');
  if (networks.length === 0 || !(await app.confirm(l10n.t('Remove {0}?', networks.map(({ network }) => network.name).join(', ')), l10n.t('Remove')))) return;
  const engine = await app.engine();
  for (const { network } of networks) await engine.networks.remove(network.id);
}

export async function pruneNetworks(app: App): Promise<void> {
  if (!(await app.confirm(l10n.t('Remove all networks that no container is joined to?'), l10n.t('Remove')))) return;
  const names = await (await app.engine()).networks.prune();
  app.say(l10n.t('{0} networks removed', names.length));
}

export async function pruneCache(app: App): Promise<void> {
  if (!(await app.confirm(l10n.t('Empty the build cache?'), l10n.t('Empty'), l10n.t('The next builds begin from nothing.')))) return;
  const { bytes } = await (await app.engine()).builds.prune();
  await app.inventory.cache.refresh();
  app.say(l10n.t('{0} freed', formatBytes(bytes)));
}

export async function copyName(_app: App, args: CommandArguments): Promise<void> {
  const names = [...subjectsOf(args, 'volume').map(({ volume }) => volume.name), ...subjectsOf(args, 'network').map(({ network }) => network.name)];
  if (names.length > 0) await env.clipboard.writeText(names.join('\n'));
}

export async function connectRegistry(): Promise<void> {
  const text = await window.showInputBox({
    title: l10n.t('Connect a registry'),
    prompt: l10n.t('A host, such as localhost:5000, or one repository, such as docker.io/library/node. Credentials are those that docker login or caisson login has stored.'),
    placeHolder: 'localhost:5000',
  });
  const entry = text?.trim().replace(/^https?:\/\//, '').replace(/\/+$/, '');
  if (entry === undefined || entry === '') return;
  await setRegistries([...new Set([...connectedRegistries(), entry])]);
}

export async function disconnectRegistry(_app: App, args: CommandArguments): Promise<void> {
  const gone = new Set(args.nodes.flatMap(({ subject }) => (subject?.kind === 'registry' ? [subject.host] : subject?.kind === 'remote-repository' ? [`${subject.host}/${subject.path}`] : [])));
  await setRegistries(connectedRegistries().filter((entry) => !gone.has(entry)));
}

async function setRegistries(entries: readonly string[]): Promise<void> {
  await workspace.getConfiguration('caisson').update('registries', entries, ConfigurationTarget.Global);
}

export async function copyDigest(app: App, args: CommandArguments): Promise<void> {
  const local = subjectsOf(args, 'image').map(({ image }) => image.target.digest);
  const remote = await Promise.all(subjectsOf(args, 'remote-tag').map(({ reference }) => registryProcess(app).ask({ kind: 'digest', reference })));
  const digests = [...local, ...remote.flat()];
  if (digests.length === 0) return;
  await env.clipboard.writeText(digests.join('\n'));
  app.say(digests.join(', '));
}
