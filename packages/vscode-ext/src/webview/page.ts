/** What pages of the editor have: a way to the extension, and a little state that outlives being hidden. */
interface EditorApi {
  postMessage(message: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

const strings = JSON.parse(document.body.dataset['strings'] ?? '{}') as Readonly<Record<string, string>>;
const api = acquireVsCodeApi();

/** A text in the user's language, with {0}, {1} filled in. */
export function t(name: string, ...values: readonly (string | number)[]): string {
  return (strings[name] ?? name).replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
}

/** As `t`, with the text `NAME1` for exactly one. */
export function counted(name: string, count: number, ...values: readonly (string | number)[]): string {
  return t(count === 1 ? `${name}1` : name, count.toLocaleString(document.documentElement.lang), ...values);
}

export function send<T extends object>(message: T): void {
  api.postMessage(message);
}

export function receive<T>(take: (message: T) => void): void {
  window.addEventListener('message', (event: MessageEvent<T>) => take(event.data));
}

export type Child = Node | string | undefined | false;

/** An element. Names that begin with `on` are listeners; true sets an attribute without a value; undefined and false leave it out. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Readonly<Record<string, string | number | boolean | EventListener | undefined>> = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

export function root(): HTMLElement {
  const element = document.querySelector<HTMLElement>('#root');
  if (element === null) throw new Error('the page has no root');
  return element;
}

/** As the extension's `formatBytes`, which pages cannot load with its localisation. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(rest) : Number(rest.toPrecision(3))} ${units[unit] ?? ''}`;
}

/** As the extension's `formatSeconds`. */
export function seconds(value: number): string {
  return value < 0.9995 ? `${Math.round(value * 1000)} ms` : value < 10 ? `${value.toFixed(1)} s` : value < 60 ? `${Math.round(value)} s` : `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** Says something to screen readers, without a change of focus. */
export function announce(text: string): void {
  let region = document.querySelector('#announcer');
  if (region === null) {
    region = h('div', { id: 'announcer', class: 'sr-only', role: 'status', 'aria-live': 'polite' });
    document.body.append(region);
  }
  region.textContent = text;
}
