import { join } from 'node:path';
import { l10n, workspace } from 'vscode';
import type { App } from '../app.js';
import { explain } from '../util/errors.js';
import { escapeMarkdown, type TreeNode } from '../views/node.js';
import { RegistryProcess } from './client.js';

let registries: RegistryProcess | undefined;

/** The one process for all views and commands of this window. */
export function registryProcess(app: App): RegistryProcess {
  if (registries === undefined) {
    registries = new RegistryProcess(join(app.context.extensionPath, 'dist', 'registry-process.cjs'));
    app.context.subscriptions.push(registries);
  }
  return registries;
}

export function connectedRegistries(): readonly string[] {
  return workspace.getConfiguration('caisson').get<readonly string[]>('registries', []);
}

/** Registries that the user has named; each is asked when it is opened, not before. */
export function registryNodes(app: App): readonly TreeNode[] {
  const process = registryProcess(app);
  const tag = (repository: string, name: string): TreeNode => ({ id: `tag:${repository}:${name}`, label: name, tooltip: () => escapeMarkdown(`${repository}:${name}`), icon: 'tag', context: 'remote-tag', subject: { kind: 'remote-tag', reference: `${repository}:${name}` } });
  const tags = (repository: string) => orReason(`tags:${repository}`, async () => (await process.ask({ kind: 'tags', repository })).map((name) => tag(repository, name)));
  const repository = (host: string, path: string): TreeNode => ({
    id: `repository:${host}/${path}`,
    label: path,
    icon: 'package',
    context: 'remote-repository',
    subject: { kind: 'remote-repository', host, path },
    children: () => tags(`${host}/${path}`),
  });
  return connectedRegistries().map((entry): TreeNode => {
    const slash = entry.indexOf('/');
    // A single repository, of a registry that does not list what it has, as Docker Hub.
    if (slash > 0) return { ...repository(entry.slice(0, slash), entry.slice(slash + 1)), id: `registry:${entry}`, label: entry, context: 'registry.repository' };
    return {
      id: `registry:${entry}`,
      label: entry,
      icon: 'server',
      context: 'registry',
      subject: { kind: 'registry', host: entry },
      children: () => orReason(`repositories:${entry}`, async () => (await process.ask({ kind: 'repositories', host: entry })).map((path) => repository(entry, path))),
    };
  });
}

/** A row that says why there are none, where there are none. */
async function orReason(id: string, rows: () => Promise<readonly TreeNode[]>): Promise<readonly TreeNode[]> {
  try {
    const found = await rows();
    return found.length > 0 ? found : [{ id: `${id}:none`, label: l10n.t('Nothing there'), icon: 'info', context: 'note' }];
  } catch (error) {
    return [{ id: `${id}:failed`, label: explain(error), tooltip: () => escapeMarkdown(explain(error)), icon: 'warning', color: 'list.warningForeground', context: 'note' }];
  }
}
