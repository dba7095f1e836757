import { l10n } from 'vscode';
import type { App } from '../app.js';
import { openPanel } from '../webview-host.js';
import type { Faults, RunChoices } from './choices.js';
import type { FromRunForm, ToRunForm } from './messages.js';

export interface RunForm {
  readonly title: string;
  readonly choices: RunChoices;
  readonly placeholders: { readonly command: string; readonly workingDir: string; readonly user: string };
  /** Resolves with what is wrong with the choices, or with undefined when the form has done its work. */
  start(choices: RunChoices): Promise<Faults | undefined>;
}

export function openRunForm(app: App, form: RunForm): void {
  const { title, choices, placeholders } = form;
  const panel = openPanel(app.context, 'run', { name: 'run', title: l10n.t('Run {0}', title), strings: strings() });
  const tell = (message: ToRunForm) => void panel.webview.postMessage(message);
  panel.webview.onDidReceiveMessage(async (message: FromRunForm) => {
    if (message.kind === 'ready') tell({ kind: 'choices', image: title, choices, placeholders });
    else if (message.kind === 'cancel') panel.dispose();
    else {
      const faults = await form.start(message.choices);
      if (faults === undefined) panel.dispose();
      else tell({ kind: 'faults', faults });
    }
  });
}

function strings(): Readonly<Record<string, string>> {
  return {
    heading: l10n.t('Run'),
    name: l10n.t('Name'),
    nameHint: l10n.t('Empty: the engine makes one up'),
    command: l10n.t('Command'),
    commandHint: l10n.t('Empty: as the image has it'),
    ports: l10n.t('Ports'),
    portsHint: l10n.t('One a line, host:container'),
    env: l10n.t('Environment'),
    envHint: l10n.t('One a line, NAME=value; the image\'s own are there to be changed'),
    mounts: l10n.t('Mounts'),
    mountsHint: l10n.t('One a line, folder or volume:/target, :ro for read-only; /target alone is a new volume'),
    network: l10n.t('Network'),
    networkHint: l10n.t('Empty: bridge'),
    workingDir: l10n.t('Working folder'),
    user: l10n.t('User'),
    interactive: l10n.t('In a terminal'),
    interactiveHint: l10n.t('With a terminal of its own, joined here'),
    autoRemove: l10n.t('Remove at the end'),
    autoRemoveHint: l10n.t('The container goes when it has ended'),
    run: l10n.t('Run'),
    cancel: l10n.t('Cancel'),
    more: l10n.t('More'),
  };
}
