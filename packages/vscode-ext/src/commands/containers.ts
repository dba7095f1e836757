import { env, l10n, Uri, window, commands, workspace } from 'vscode';
import type { ContainerSummary, PublishedPort } from '@caisson/core';
import type { App } from '../app.js';
import { containerUri } from '../files/container-nodes.js';
import { formatPorts, portUrl } from '../format/ports.js';
import { formatBytes, shortId } from '../format/units.js';
import { containersFor, subjectsOf, type CommandArguments } from './targets.js';

const isUp = ({ status }: ContainerSummary) => status === 'running' || status === 'paused';

/** One call on each of the chosen containers, together; the first failure is told when all have been tried. */
async function onEach(app: App, args: CommandArguments, title: string, fits: (container: ContainerSummary) => boolean, call: (container: ContainerSummary) => Promise<void>): Promise<void> {
  const containers = await containersFor(app, args, fits, title);
  const results = await Promise.allSettled(containers.map(call));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

export async function start(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  await onEach(app, args, l10n.t('Start'), (one) => one.status === 'created' || one.status === 'exited', ({ id }) => engine.containers.start(id));
}

export async function stop(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  await onEach(app, args, l10n.t('Stop'), isUp, ({ id }) => engine.containers.stop(id));
}

export async function kill(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  await onEach(app, args, l10n.t('Kill'), isUp, ({ id }) => engine.containers.kill(id, 'KILL'));
}

export async function restart(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  await onEach(app, args, l10n.t('Restart'), () => true, ({ id }) => engine.containers.restart(id));
}

export async function pause(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  await onEach(app, args, l10n.t('Pause'), (one) => one.status === 'running', ({ id }) => engine.containers.pause(id));
}

export async function unpause(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  await onEach(app, args, l10n.t('Unpause'), (one) => one.status === 'paused', ({ id }) => engine.containers.unpause(id));
}

export async function remove(app: App, args: CommandArguments): Promise<void> {
  const engine = await app.engine();
  const containers = await containersFor(app, args, () => true, l10n.t('Remove'));
  if (containers.length === 0) return;
  const names = containers.map((one) => one.name).join(', ');
  const running = containers.some(isUp);
  if (!(await app.confirm(l10n.t('Remove {0}?', names), l10n.t('Remove'), running ? l10n.t('What runs is killed. Files that are not in a volume are lost.') : l10n.t('Files that are not in a volume are lost.')))) return;
  const results = await Promise.allSettled(containers.map(({ id }) => engine.containers.remove(id, { force: true, volumes: true })));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

export async function rename(app: App, args: CommandArguments): Promise<void> {
  const [container] = await containersFor(app, args, () => true, l10n.t('Rename'));
  if (container === undefined) return;
  const name = await window.showInputBox({ title: l10n.t('New name of {0}', container.name), value: container.name });
  if (name !== undefined && name !== container.name) await (await app.engine()).containers.rename(container.id, name);
}

export async function prune(app: App): Promise<void> {
  if (!(await app.confirm(l10n.t('Remove all containers that do not run?'), l10n.t('Remove')))) return;
  const { containers, bytes } = await (await app.engine()).containers.prune();
  app.say(l10n.t('{0} containers removed, {1} freed', containers.length, formatBytes(bytes)));
}

/** In the browser of whoever sits before the editor, through its tunnel where the editor is remote. */
export async function openInBrowser(app: App, args: CommandArguments): Promise<void> {
  const withPorts = (one: ContainerSummary) => formatPorts(one.state.ports) !== '';
  const [container] = await containersFor(app, args, withPorts, l10n.t('Open in Browser'));
  if (container === undefined) return;
  const port = await pickPort(container);
  if (port !== undefined) await env.openExternal(await env.asExternalUri(Uri.parse(portUrl(port))));
}

async function pickPort(container: ContainerSummary): Promise<PublishedPort | undefined> {
  const ports = container.state.ports.filter((port) => port.protocol === 'tcp' && port.hostPort > 0);
  if (ports.length === 0) {
    void window.showInformationMessage(l10n.t('{0} has no published port.', container.name));
    return undefined;
  }
  const distinct = [...new Map(ports.map((port) => [port.hostPort, port])).values()];
  if (distinct.length === 1) return distinct[0];
  return (await window.showQuickPick(distinct.map((port) => ({ label: formatPorts([port]), description: portUrl(port), port })), { title: l10n.t('Port of {0}', container.name) }))?.port;
}

export async function copyId(app: App, args: CommandArguments): Promise<void> {
  const containers = await containersFor(app, args, () => true, l10n.t('Copy ID'));
  if (containers.length > 0) await env.clipboard.writeText(containers.map((one) => one.id).join('\n'));
}

export async function openFile(_app: App, args: CommandArguments): Promise<void> {
  for (const { container, path } of subjectsOf(args, 'file')) await commands.executeCommand('vscode.open', containerUri(container, path));
}

export async function saveFile(_app: App, args: CommandArguments): Promise<void> {
  for (const { container, path } of subjectsOf(args, 'file')) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const folder = workspace.workspaceFolders?.[0]?.uri;
    const target = await window.showSaveDialog({ title: l10n.t('Save {0} of container {1}', path, shortId(container)), ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }) });
    if (target !== undefined) await workspace.fs.copy(containerUri(container, path), target, { overwrite: true });
  }
}
