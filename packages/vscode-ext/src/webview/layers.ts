import type { FromLayersPage, ToLayersPage } from '../layers/messages.js';
import { showComparison } from './layers/comparison.js';
import { FilesPane } from './layers/files.js';
import { LayersPane } from './layers/history.js';
import { h, receive, root, send, t } from './page.js';

let layers: LayersPane | undefined;
let files: FilesPane | undefined;
let wanted: number | undefined;

receive<ToLayersPage>((message) => {
  switch (message.kind) {
    case 'image': {
      const pane = (files = new FilesPane());
      layers = new LayersPane(message.image, (row) => pane.showLayer(row));
      root().replaceChildren(h('main', { class: 'split' }, layers.element, pane.element));
      layers.select(wanted ?? layers.largest);
      return;
    }
    case 'select':
      wanted = message.step;
      layers?.select(message.step, true);
      return;
    case 'comparison':
      root().replaceChildren(showComparison(message));
      return;
    case 'totals':
    case 'files':
    case 'fault':
    case 'found':
      files?.take(message);
      return;
  }
});

root().replaceChildren(h('p', { class: 'note' }, t('loading')));
send<FromLayersPage>({ kind: 'ready' });
