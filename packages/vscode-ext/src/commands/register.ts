import { commands, l10n, window } from 'vscode';
import type { App } from '../app.js';
import type { Builder } from '../build/commands.js';
import { readArguments, type CommandArguments } from './targets.js';

type Action = (app: App, args: CommandArguments) => Promise<void>;

/** All commands on rows and on nothing. What each does is loaded when it is first used. */
export function registerCommands(app: App, builder: () => Promise<Builder>): void {
  const containers = () => import('./containers.js');
  const images = () => import('./images.js');
  const others = () => import('./others.js');
  const terminals = () => import('../terminals/commands.js');
  const running = () => import('../run/commands.js');
  const inspect: Action = async (...all) => (await import('./inspect.js')).inspect(...all);
  const actions: Readonly<Record<string, Action>> = {
    'selectBackend': async () => (await import('../backend/select.js')).selectBackend(),
    'restartEngine': async () => app.reopen(l10n.t('Caisson connects anew')),
    'showInfo': async () => (await import('./inspect.js')).show(app, l10n.t('engine'), await (await app.engine()).system.info()),
    'containers.start': async (...all) => (await containers()).start(...all),
    'containers.stop': async (...all) => (await containers()).stop(...all),
    'containers.kill': async (...all) => (await containers()).kill(...all),
    'containers.restart': async (...all) => (await containers()).restart(...all),
    'containers.pause': async (...all) => (await containers()).pause(...all),
    'containers.unpause': async (...all) => (await containers()).unpause(...all),
    'containers.remove': async (...all) => (await containers()).remove(...all),
    'containers.rename': async (...all) => (await containers()).rename(...all),
    'containers.prune': async () => (await containers()).prune(app),
    'containers.openInBrowser': async (...all) => (await containers()).openInBrowser(...all),
    'containers.copyId': async (...all) => (await containers()).copyId(...all),
    'containers.inspect': inspect,
    'containers.logs': async (...all) => (await terminals()).logs(...all),
    'containers.attach': async (...all) => (await terminals()).attach(...all),
    'containers.attachShell': async (...all) => (await terminals()).attachShell(...all),
    'containers.exec': async (...all) => (await terminals()).exec(...all),
    'containers.stats': async (...all) => (await terminals()).stats(...all),
    'containers.top': async (...all) => (await terminals()).top(...all),
    'containers.debugNode': async (...all) => (await import('../run/debug.js')).debugNode(...all),
    'files.open': async (...all) => (await containers()).openFile(...all),
    'files.save': async (...all) => (await containers()).saveFile(...all),
    'images.pull': async (...all) => (await images()).pull(...all),
    'images.push': async (...all) => (await images()).push(...all),
    'images.tag': async (...all) => (await images()).tag(...all),
    'images.remove': async (...all) => (await images()).remove(...all),
    'images.prune': async () => (await images()).prune(app),
    'images.copyName': async (...all) => (await images()).copyName(...all),
    'images.copyId': async (...all) => (await images()).copyId(...all),
    'images.compare': async (...all) => (await images()).compare(...all),
    'images.inspect': inspect,
    'images.run': async (...all) => (await running()).run(...all),
    'images.runAgain': async (...all) => (await running()).runAgain(...all),
    'images.runInteractive': async (...all) => (await running()).runInteractive(...all),
    'layers.open': async (_app, args) => (await import('../layers/commands.js')).openLayers(app, await builder(), args),
    'layers.ofLine': async () => (await import('../layers/commands.js')).showLayerOfLine(app, await builder()),
    'volumes.create': async () => (await others()).createVolume(app),
    'volumes.remove': async (...all) => (await others()).removeVolumes(...all),
    'volumes.prune': async () => (await others()).pruneVolumes(app),
    'networks.create': async () => (await others()).createNetwork(app),
    'networks.remove': async (...all) => (await others()).removeNetworks(...all),
    'networks.prune': async () => (await others()).pruneNetworks(app),
    'objects.copyName': async (...all) => (await others()).copyName(...all),
    'objects.inspect': inspect,
    'builds.prune': async () => (await others()).pruneCache(app),
    'builds.layers': async (_app, args) => openBuilt(app, await builder(), args),
    'registries.connect': async () => (await others()).connectRegistry(),
    'registries.disconnect': async (...all) => (await others()).disconnectRegistry(...all),
    'registries.copyDigest': async (...all) => (await others()).copyDigest(...all),
  };
  for (const [name, action] of Object.entries(actions))
    app.context.subscriptions.push(commands.registerCommand(`caisson.${name}`, (...args: unknown[]) => app.attempt(() => action(app, readArguments(args)))));
}

async function openBuilt(app: App, builder: Builder, { nodes }: CommandArguments): Promise<void> {
  const { openLayersOf } = await import('../layers/commands.js');
  for (const { subject } of nodes) if (subject?.kind === 'build' && subject.build.imageId !== undefined) await openLayersOf(app, builder, subject.build.imageId);
  if (nodes.length === 0) void window.showInformationMessage(l10n.t('Choose a build in the view.'));
}
