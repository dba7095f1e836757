import type { ImageChange } from '@caisson/core';
import type { FromComparisonPage, ToLayersPage } from '../../layers/messages.js';
import { bytes, counted, h, send, t } from '../page.js';

/** What differs between two images, the largest differences first, and below it their configurations. */
export function showComparison({ a, b, changes, total, config, sharedLayers }: Extract<ToLayersPage, { readonly kind: 'comparison' }>): HTMLElement {
  const difference = (before: number, after: number) => `${after >= before ? '+' : '−'}${bytes(Math.abs(after - before))}`;
  const rows = changes.map(({ path, kind, type, before, after }) => h('tr', { class: kind }, h('td', {}, h('span', { class: `badge ${kind}` }, t(kind))), h('td', { class: 'path' }, type === 'file' ? fileLink(path, kind) : path), h('td', { class: 'size' }, kind === 'added' ? '' : bytes(before)), h('td', { class: 'size' }, kind === 'deleted' ? '' : bytes(after)), h('td', { class: 'size' }, difference(before, after))));
  const fields = config.map(({ field, before, after }) => h('tr', {}, h('td', { class: 'path' }, field), h('td', { class: 'value deleted' }, json(before)), h('td', { class: 'value added' }, json(after))));
  return h(
    'main',
    { class: 'comparison' },
    h('h1', {}, t('comparing', a, b)),
    h('p', {}, [counted('differences', total), total > changes.length && counted('largest', changes.length), counted('sharedLayers', sharedLayers)].filter(Boolean).join(' · ')),
    changes.length === 0 && config.length === 0 && h('p', { class: 'note' }, t('same')),
    fields.length > 0 && h('h2', {}, t('configuration')),
    fields.length > 0 && h('table', {}, h('tbody', {}, ...fields)),
    rows.length > 0 && h('h2', {}, t('files')),
    rows.length > 0 && h('table', {}, h('thead', {}, h('tr', {}, ...['', '', t('before'), t('after'), ''].map((text) => h('th', { scope: 'col' }, text)))), h('tbody', {}, ...rows)),
  );
}

function fileLink(path: string, change: ImageChange['kind']): HTMLElement {
  const open = (event: Event) => (event.preventDefault(), send<FromComparisonPage>({ kind: 'diff', path, change }));
  return h('a', { href: '#', title: t(change === 'changed' ? 'showDifference' : 'open'), onclick: open }, path);
}

function json(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, undefined, 1);
}
