import { commands, l10n, window, type Disposable } from 'vscode';
import type { App } from '../app.js';
import type { LiveList } from '../state/live-list.js';
import { explain } from '../util/errors.js';
import { viewDefinitions, type Choice, type ViewDefinition, type ViewId } from './definitions.js';
import type { TreeNode, ViewOptions } from './node.js';
import { RememberedOptions } from './remembered.js';
import { NodeTree } from './tree-view.js';

/** The rows of one view: what each view makes of the inventory. Loaded with the first view that is shown. */
export type RootsOf = (app: App, view: ViewId, options: ViewOptions) => Promise<readonly TreeNode[]>;

/** Makes all views. Nothing is asked of an engine before one of them is visible. */
export function registerViews(app: App): ReadonlyMap<ViewId, NodeTree> {
  const trees = new Map<ViewId, NodeTree>();
  for (const definition of viewDefinitions()) trees.set(definition.id, registerView(app, definition));
  app.connection.onChange(({ kind }) => {
    void commands.executeCommand('setContext', 'caisson.engine', kind);
    if (kind === 'open') void app.watch();
    if (kind === 'closed') for (const [id, { view }] of trees) if (view.visible) trees.get(id)?.refresh();
  });
  return trees;
}

function registerView(app: App, definition: ViewDefinition): NodeTree {
  const { id } = definition;
  const options = new RememberedOptions(app.context.workspaceState, id, definition.defaults);
  const lists = definition.lists(app.inventory);
  const tree = new NodeTree(
    `caisson.${id}`,
    {
      roots: async () => {
        const { rootsOf } = await import('./roots.js');
        await Promise.all(lists.map((list) => list.need()));
        const failed = lists.some((list) => list.state.kind === 'failed');
        const rows = failed ? waysOut() : await rootsOf(app, id, options.value);
        const count = lists.reduce((sum, list) => sum + list.items.length, 0);
        // The welcome is for whoever has nothing: not while it is asked for, nor where it is hidden.
        void commands.executeCommand('setContext', `caisson.empty.${id}`, !failed && count === 0);
        tree.setMessage(messageOf(lists, options.value, rows.length === 0 ? count : 0));
        return rows;
      },
    },
    { multiple: true },
  );
  const { subscriptions } = app.context;
  subscriptions.push(tree);
  for (const list of lists) subscriptions.push(list.onChange(() => list.state.kind !== 'unknown' && tree.refresh()));
  subscriptions.push(options.onChange(() => tree.refresh()), ...viewCommands(definition, options, tree, lists));
  return tree;
}

/** Below the reason why there is no engine: the editor shows no welcome where it shows a message. */
function waysOut(): readonly TreeNode[] {
  return [
    { id: 'select', label: l10n.t('Select Backend'), icon: 'vm-connect', context: 'note', command: 'caisson.selectBackend' },
    { id: 'again', label: l10n.t('Try Again'), icon: 'refresh', context: 'note', command: 'caisson.restartEngine' },
  ];
}

/** Why there is nothing to see, or that something is hidden; `hidden`: how many there are of which none is shown. */
function messageOf(lists: readonly LiveList<unknown>[], options: ViewOptions, hidden: number): string | undefined {
  for (const { state } of lists) if (state.kind === 'failed') return explain(state.error);
  if (options.filter !== '') return hidden === 0 ? l10n.t('Filter: {0}', options.filter) : l10n.t('Filter: {0} (none of {1})', options.filter, hidden);
  return hidden === 0 ? undefined : l10n.t('Nothing is shown: {0} hidden', hidden);
}

function viewCommands({ id, groups, sorts }: ViewDefinition, options: RememberedOptions, tree: NodeTree, lists: readonly LiveList<unknown>[]): Disposable[] {
  const choose = async (title: string, choices: readonly Choice[], field: 'group' | 'sort') => {
    const items = choices.map((choice) => ({ ...choice, description: options.value[field] === choice.id ? '✓' : '' }));
    const chosen = await window.showQuickPick(items, { title });
    if (chosen !== undefined) await options.change({ [field]: chosen.id });
  };
  const filter = async () => {
    const text = await window.showInputBox({ title: l10n.t('Filter'), prompt: l10n.t('Show only what contains these words'), value: options.value.filter });
    if (text !== undefined) await options.change({ filter: text.trim() });
  };
  const refresh = async () => {
    if (lists.length === 0) tree.refresh();
    await Promise.all(lists.map((list) => list.refresh()));
  };
  return [
    commands.registerCommand(`caisson.${id}.refresh`, refresh),
    ...(id === 'registries' ? [] : [commands.registerCommand(`caisson.${id}.filter`, filter)]),
    ...(groups.length > 0 ? [commands.registerCommand(`caisson.${id}.group`, () => choose(l10n.t('Group by'), groups, 'group'))] : []),
    ...(sorts.length > 0 ? [commands.registerCommand(`caisson.${id}.sort`, () => choose(l10n.t('Sort by'), sorts, 'sort'))] : []),
    ...(id === 'containers' || id === 'images' || id === 'volumes' ? [commands.registerCommand(`caisson.${id}.toggleAll`, () => options.change({ all: !options.value.all }))] : []),
  ];
}
