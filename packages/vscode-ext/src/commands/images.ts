import { env, l10n, window } from 'vscode';
import type { Progress, Task } from '@caisson/core';
import type { App } from '../app.js';
import { formatBytes } from '../format/units.js';
import { callName, imagesFor, pickImage, showName, subjectsOf, type CommandArguments, type ImageChoice } from './targets.js';

export async function pull(app: App, args: CommandArguments): Promise<void> {
  const remote = subjectsOf(args, 'remote-tag').map(({ reference }) => reference);
  const known = subjectsOf(args, 'image').flatMap(({ name }) => name ?? []);
  const names = [...remote, ...known];
  if (names.length === 0) {
    const name = await window.showInputBox({ title: l10n.t('Pull an image'), placeHolder: 'alpine:3, ghcr.io/acme/app:1' });
    if (name === undefined || name.trim() === '') return;
    names.push(name.trim());
  }
  for (const name of names)
    await app.withProgress(l10n.t('Pulling {0}', name), async (report, signal) => {
      await follow((await app.engine()).images.pull(name, { signal }), report);
      app.say(l10n.t('Pulled {0}', name));
    });
}

export async function push(app: App, args: CommandArguments): Promise<void> {
  for (const choice of await imagesFor(app, args, l10n.t('Push')))
    await app.withProgress(l10n.t('Pushing {0}', showName(choice)), async (report, signal) => {
      await follow((await app.engine()).images.push(callName(choice), { signal }), report);
      app.say(l10n.t('Pushed {0}', showName(choice)));
    });
}

/** Says how far it is, of all parts that tell their size together. */
async function follow<T>(task: Task<T>, report: (message: string) => void): Promise<T> {
  const parts = new Map<string, { readonly current: number; readonly total: number }>();
  for await (const { id, status, current, total } of task as AsyncIterable<Progress>) {
    if (current !== undefined && total !== undefined) parts.set(id, { current, total });
    const sum = [...parts.values()].reduce((all, part) => ({ current: all.current + part.current, total: all.total + part.total }), { current: 0, total: 0 });
    report(sum.total > 0 ? l10n.t('{0} of {1}', formatBytes(sum.current), formatBytes(sum.total)) : status);
  }
  return task;
}

export async function tag(app: App, args: CommandArguments): Promise<void> {
  const [choice] = await imagesFor(app, args, l10n.t('Tag'));
  if (choice === undefined) return;
  const name = await window.showInputBox({ title: l10n.t('Another name for {0}', showName(choice)), value: choice.name ?? '' });
  if (name !== undefined && name.trim() !== '' && name !== choice.name) await (await app.engine()).images.tag(choice.image.id, name.trim());
}

export async function remove(app: App, args: CommandArguments): Promise<void> {
  const choices: ImageChoice[] = [...(await imagesFor(app, args, l10n.t('Remove'))), ...subjectsOf(args, 'repository').flatMap(({ images }) => images.map((image): ImageChoice => ({ kind: 'image', image })))];
  if (choices.length === 0) return;
  if (!(await app.confirm(l10n.t('Remove {0}?', choices.map(showName).join(', ')), l10n.t('Remove')))) return;
  const engine = await app.engine();
  const results = await Promise.allSettled(choices.map((choice) => engine.images.remove(callName(choice), { force: choice.name === undefined })));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

export async function prune(app: App): Promise<void> {
  const nameless = l10n.t('Without a name');
  const unused = l10n.t('All that no container uses');
  const kind = await window.showQuickPick([nameless, unused], { title: l10n.t('Which images are to be removed?') });
  if (kind === undefined || !(await app.confirm(l10n.t('Remove images: {0}?', kind.toLowerCase()), l10n.t('Remove')))) return;
  const { images, bytes } = await (await app.engine()).images.prune({ all: kind === unused });
  app.say(l10n.t('{0} images removed, {1} freed', images.length, formatBytes(bytes)));
}

export async function copyName(app: App, args: CommandArguments): Promise<void> {
  const remote = subjectsOf(args, 'remote-tag').map(({ reference }) => reference);
  const names = remote.length > 0 ? remote : (await imagesFor(app, args, l10n.t('Copy Name'))).map(showName);
  if (names.length > 0) await env.clipboard.writeText(names.join('\n'));
}

export async function copyId(app: App, args: CommandArguments): Promise<void> {
  const images = await imagesFor(app, args, l10n.t('Copy ID'));
  if (images.length > 0) await env.clipboard.writeText(images.map(({ image }) => image.id).join('\n'));
}

export async function compare(app: App, args: CommandArguments): Promise<void> {
  const chosen = args.nodes.length > 0 ? await imagesFor(app, args, '') : [];
  const first = chosen[0] ?? (await pickImage(app, l10n.t('Compare: from this image')));
  if (first === undefined) return;
  const second = chosen[1] ?? (await pickImage(app, l10n.t('Compare {0} with', showName(first)), first.image));
  if (second === undefined) return;
  const { openComparison } = await import('../layers/compare.js');
  await openComparison(app, first, second);
}
