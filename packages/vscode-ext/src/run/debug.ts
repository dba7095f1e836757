import { debug, l10n, window, workspace } from 'vscode';
import type { App } from '../app.js';
import { containersFor, type CommandArguments } from '../commands/targets.js';
import { inspectorAddress } from './inspector.js';

/** Joins the editor's debugger to the inspector of a container's Node.js, with its working folder taken for the workspace's. */
export async function debugNode(app: App, args: CommandArguments): Promise<void> {
  const [chosen] = await containersFor(app, args, (one) => one.status === 'running', l10n.t('Debug: Node'));
  if (chosen === undefined) return;
  const container = await (await app.engine()).containers.get(chosen.id);
  const address = inspectorAddress(container);
  if ('reason' in address) {
    const reasons = {
      'no-flag': l10n.t('{0} was not started with node --inspect=0.0.0.0:9229, in its command or in NODE_OPTIONS.', container.name),
      loopback: l10n.t('The inspector of {0} listens on its own loopback only: start it with --inspect=0.0.0.0:9229.', container.name),
      unreachable: l10n.t('The inspector of {0} cannot be reached: publish its port 9229.', container.name),
    };
    void window.showErrorMessage(reasons[address.reason]);
    return;
  }
  const folder = workspace.workspaceFolders?.[0];
  const started = await debug.startDebugging(folder, {
    type: 'node',
    request: 'attach',
    name: l10n.t('Node in {0}', container.name),
    address: address.host,
    port: address.port,
    remoteRoot: container.process.cwd,
    // Process IDs of the container mean other processes out here, which the debugger would take for its children; and children in there
    // could not load what it has them require.
    attachExistingChildren: false,
    autoAttachChildProcesses: false,
    ...(folder === undefined ? {} : { localRoot: folder.uri.fsPath }),
    skipFiles: ['<node_internals>/**'],
  });
  if (!started) void window.showErrorMessage(l10n.t('The debugger could not join {0}.', container.name));
}
