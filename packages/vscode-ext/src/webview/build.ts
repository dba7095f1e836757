import type { FromBuildView, ToBuildView } from '../build/messages.js';
import type { ProgressChange, StageProgress, StepProgress } from '../build/progress.js';
import { LogPane } from './build/log.js';
import { announce, bytes, h, receive, root, seconds, send, t } from './page.js';

const marks = { waiting: '·', running: '◌', cached: '●', done: '✓', failed: '✕' } as const;

/** The latest build: steps by stage on the one side, what they print on the other. */
class BuildPage {
  readonly #steps = h('ol', { class: 'steps', role: 'listbox', 'aria-label': t('steps'), tabindex: 0, onkeydown: (event) => this.#key(event as KeyboardEvent) });
  readonly #items = new Map<string, HTMLElement>();
  readonly #lines = new Map<string, number>();
  readonly #log = new LogPane();
  readonly #title = h('span', { class: 'title' });
  readonly #actions = h('span', { class: 'actions' });
  #selected: string | undefined;

  begin({ plan, stages, log }: Extract<ToBuildView, { readonly kind: 'begin' }>): void {
    this.#items.clear();
    this.#lines.clear();
    this.#steps.replaceChildren();
    this.#log.clear();
    this.#selected = undefined;
    this.#title.className = 'title running';
    this.#title.textContent = `${t('building')} ${plan.tags.join(', ')}${plan.target === undefined ? '' : ` (${plan.target})`}`;
    this.#setActions({ cancel: true });
    for (const stage of stages) this.#stage(stage);
    for (const change of log) this.change(change);
    root().replaceChildren(h('main', { class: 'build' }, h('header', {}, this.#title, this.#actions), h('div', { class: 'panes' }, this.#steps, this.#log.element)));
  }

  change(change: ProgressChange): void {
    if (change.kind === 'stage') this.#stage(change.stage);
    else if (change.kind === 'step') this.#step(change.step);
    else if (change.kind === 'log') this.#log.add(change.step, change.text, change.stream);
    else this.#log.add('', `${change.text}\n`, 'warning');
  }

  end({ outcome, seconds: took, message, imageId }: Extract<ToBuildView, { readonly kind: 'end' }>): void {
    this.#title.className = `title ${outcome}`;
    this.#title.textContent = outcome === 'succeeded' ? `${t('succeeded')} ${message} · ${seconds(took)}` : outcome === 'failed' ? message : `${t('cancelled')} · ${seconds(took)}`;
    announce(this.#title.textContent);
    this.#setActions({ again: true, ...(imageId === undefined ? {} : { run: true, layers: true }) });
    const failed = this.#steps.querySelector<HTMLElement>('.failed');
    if (failed?.dataset['step'] !== undefined) this.#select(failed.dataset['step']);
  }

  #setActions(names: Partial<Record<'cancel' | 'again' | 'run' | 'layers', boolean>>): void {
    const buttons = (Object.keys(names) as (keyof typeof names)[]).map((kind) => h('button', { class: kind === 'run' ? '' : 'secondary', onclick: () => send<FromBuildView>({ kind }) }, t(kind)));
    this.#actions.replaceChildren(...buttons);
  }

  #stage(stage: StageProgress): void {
    // The only stage of a file has no name but this.
    const heading = t('stage', stage.name === 'stage' ? '' : stage.name).trim();
    this.#steps.append(h('li', { class: 'stage', role: 'presentation' }, heading, stage.skipped !== undefined && h('span', { class: 'facts' }, ` ${t('skipped')}: ${stage.skipped}`)));
    for (const step of stage.steps) {
      const item = h('li', { id: `step-${this.#items.size}`, role: 'option', 'data-step': step.id, onclick: () => this.#select(this.#selected === step.id ? undefined : step.id), ondblclick: () => this.#reveal(step.id) });
      this.#items.set(step.id, item);
      this.#steps.append(item);
      this.#step(step);
    }
  }

  #step(step: StepProgress): void {
    const item = this.#items.get(step.id);
    if (item === undefined) return;
    const facts = [step.state === 'cached' ? t('cached') : '', step.doing ?? '', step.state === 'done' && step.seconds !== undefined ? seconds(step.seconds) : '', step.size === undefined ? '' : bytes(step.size)].filter(Boolean).join(' · ');
    this.#lines.set(step.id, step.line);
    item.className = `step ${step.state}`;
    item.setAttribute('aria-label', [step.title, t(step.state), facts, step.reason].filter(Boolean).join(', '));
    item.setAttribute('aria-selected', String(step.id === this.#selected));
    const changes = step.changes === undefined || step.changes.length === 0 ? '' : step.changes.map(({ what, how }) => `${how} ${what}`).join('\n');
    const line = h('a', { class: 'line', href: '#', tabindex: -1, onclick: (event) => (event.preventDefault(), event.stopPropagation(), this.#reveal(step.id)) }, t('line', step.line));
    item.replaceChildren(
      h('span', { class: 'mark', 'aria-hidden': 'true' }, marks[step.state]),
      h('span', { class: 'command', title: step.title }, step.title.replace(/^\[[^\]]*\]\s*/, '')),
      line,
      h('span', { class: 'facts' }, facts),
      ...(step.reason === undefined || step.first === true || step.state === 'cached' ? [] : [h('span', { class: 'reason', title: changes }, step.reason)]),
      ...(step.error === undefined ? [] : [h('span', { class: 'error' }, step.error)]),
    );
    if (step.state === 'running') item.scrollIntoView({ block: 'nearest' });
  }

  #select(step: string | undefined): void {
    this.#items.get(this.#selected ?? '')?.setAttribute('aria-selected', 'false');
    this.#selected = step;
    const item = this.#items.get(step ?? '');
    item?.setAttribute('aria-selected', 'true');
    if (item !== undefined) this.#steps.setAttribute('aria-activedescendant', item.id);
    item?.scrollIntoView({ block: 'nearest' });
    this.#log.only(step);
  }

  #reveal(step: string | undefined): void {
    const line = this.#lines.get(step ?? '');
    if (line !== undefined) send<FromBuildView>({ kind: 'reveal', line });
  }

  #key(event: KeyboardEvent): void {
    const ids = [...this.#items.keys()];
    const at = ids.indexOf(this.#selected ?? '');
    if (event.key === 'ArrowDown') this.#select(ids[Math.min(ids.length - 1, at + 1)]);
    else if (event.key === 'ArrowUp') this.#select(ids[Math.max(0, at - 1)]);
    else if (event.key === 'Home') this.#select(ids[0]);
    else if (event.key === 'End') this.#select(ids.at(-1));
    else if (event.key === 'Enter') this.#reveal(this.#selected);
    else if (event.key === 'Escape') this.#select(undefined);
    else return;
    event.preventDefault();
  }
}

const page = new BuildPage();

receive<ToBuildView>((message) => {
  if (message.kind === 'begin') page.begin(message);
  else if (message.kind === 'end') page.end(message);
  else for (const change of message.changes) page.change(change);
});

root().replaceChildren(h('p', { class: 'note' }, t('nothing')));
send<FromBuildView>({ kind: 'ready' });
