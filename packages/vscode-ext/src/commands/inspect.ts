import { EventEmitter, l10n, Uri, window, workspace } from 'vscode';
import type { App } from '../app.js';
import type { Subject } from '../views/node.js';
import type { CommandArguments } from './targets.js';

const scheme = 'caisson-inspect';
const texts = new Map<string, string>();
const changed = new EventEmitter<Uri>();
let registered = false;

/** Shows all that the engine knows of something, as a read-only JSON document. */
export async function inspect(app: App, args: CommandArguments): Promise<void> {
  for (const { subject } of args.nodes) {
    const found = subject === undefined ? undefined : await details(app, subject);
    if (found !== undefined) await show(app, found.title, found.value);
  }
}

async function details(app: App, subject: Subject): Promise<{ readonly title: string; readonly value: unknown } | undefined> {
  const engine = await app.engine();
  switch (subject.kind) {
    case 'image':
      return { title: subject.name ?? subject.image.id, value: await engine.images.get(subject.name ?? subject.image.id) };
    case 'layer':
      return { title: subject.layer.digest ?? String(subject.step), value: subject.layer };
    case 'container':
      return { title: subject.container.name, value: await engine.containers.get(subject.container.id) };
    case 'volume':
      return { title: subject.volume.name, value: await engine.volumes.get(subject.volume.name) };
    case 'network':
      return { title: subject.network.name, value: await engine.networks.get(subject.network.id) };
    case 'build':
      return { title: subject.build.name, value: subject.build };
    case 'cache':
      return { title: subject.entry.id, value: subject.entry };
    case 'remote-tag':
      return { title: subject.reference, value: await engine.registries.inspect(subject.reference) };
    default:
      return undefined;
  }
}

export async function show(app: App, title: string, value: unknown): Promise<void> {
  await showText(app, `${title}.json`, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** A document that cannot be edited and is not asked to be saved. */
export async function showText(app: App, name: string, text: string): Promise<void> {
  if (!registered) {
    registered = true;
    app.context.subscriptions.push(workspace.registerTextDocumentContentProvider(scheme, { onDidChange: changed.event, provideTextDocumentContent: (uri) => texts.get(uri.path) ?? l10n.t('This is no longer known.') }));
  }
  const uri = Uri.from({ scheme, path: `/${name.replace(/[^\w.:-]+/g, '_')}` });
  texts.set(uri.path, text);
  changed.fire(uri);
  await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
}
