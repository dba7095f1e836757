import type { Fields, RunChoices } from '../run/choices.js';
import type { FromRunForm, ToRunForm } from '../run/messages.js';
import { h, receive, root, send, t } from './page.js';

type Text = Exclude<Fields, 'interactive' | 'autoRemove'>;

const inputs = new Map<Fields, HTMLInputElement | HTMLTextAreaElement>();
const faults = new Map<Fields, HTMLElement>();

function field(name: Text, value: string, placeholder = '', lines = 1): HTMLElement {
  const attributes = { id: name, placeholder, spellcheck: 'false', 'aria-describedby': `${name}-hint ${name}-fault` };
  const input = lines === 1 ? h('input', { type: 'text', ...attributes }) : h('textarea', { rows: lines, ...attributes });
  input.value = value;
  input.addEventListener('input', () => {
    input.removeAttribute('aria-invalid');
    fault.textContent = '';
  });
  inputs.set(name, input);
  const fault = h('span', { class: 'fault', id: `${name}-fault`, role: 'alert' });
  faults.set(name, fault);
  const hint = t(`${name}Hint`);
  return h('div', { class: 'field' }, h('label', { for: name }, t(name)), input, hint !== `${name}Hint` && h('span', { class: 'hint', id: `${name}-hint` }, hint), fault);
}

function check(name: 'interactive' | 'autoRemove', value: boolean): HTMLElement {
  const input = h('input', { type: 'checkbox', id: name, checked: value });
  inputs.set(name, input);
  return h('div', { class: 'check' }, input, h('label', { for: name }, t(name), h('span', { class: 'hint' }, t(`${name}Hint`))));
}

function read(): RunChoices {
  const text = (name: Text) => inputs.get(name)?.value ?? '';
  const checked = (name: Fields) => (inputs.get(name) as HTMLInputElement | undefined)?.checked ?? false;
  return { name: text('name').trim(), command: text('command'), ports: text('ports'), env: text('env'), mounts: text('mounts'), network: text('network'), workingDir: text('workingDir'), user: text('user'), interactive: checked('interactive'), autoRemove: checked('autoRemove') };
}

function show({ image, choices, placeholders }: Extract<ToRunForm, { readonly kind: 'choices' }>): void {
  const form = h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        send<FromRunForm>({ kind: 'run', choices: read() });
      },
    },
    h('h1', {}, `${t('heading')} `, h('code', {}, image)),
    h('div', { class: 'columns' }, field('name', choices.name), field('command', choices.command, placeholders.command)),
    h('div', { class: 'columns three' }, field('ports', choices.ports, '8080:80', 4), field('env', choices.env, 'NODE_ENV=production', 4), field('mounts', choices.mounts, './src:/app/src', 4)),
    h('details', { open: choices.network + choices.workingDir + choices.user !== '' }, h('summary', {}, t('more')), h('div', { class: 'columns three' }, field('network', choices.network, 'bridge'), field('workingDir', choices.workingDir, placeholders.workingDir), field('user', choices.user, placeholders.user))),
    h('div', { class: 'columns' }, check('interactive', choices.interactive), check('autoRemove', choices.autoRemove)),
    h('div', { class: 'buttons' }, h('button', { type: 'submit' }, t('run')), h('button', { type: 'button', class: 'secondary', onclick: () => send<FromRunForm>({ kind: 'cancel' }) }, t('cancel'))),
  );
  root().replaceChildren(h('main', { class: 'run' }, form));
  inputs.get('name')?.focus();
}

receive<ToRunForm>((message) => {
  if (message.kind === 'choices') {
    show(message);
    return;
  }
  for (const [name, element] of faults) {
    const text = message.faults[name] ?? '';
    element.textContent = text;
    inputs.get(name)?.setAttribute('aria-invalid', String(text !== ''));
  }
  const first = [...faults.keys()].find((name) => message.faults[name] !== undefined);
  if (first !== undefined) inputs.get(first)?.focus();
});

send<FromRunForm>({ kind: 'ready' });
