import { EventEmitter, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, window, type Disposable, type TreeDataProvider, type TreeView } from 'vscode';
import type { TreeNode } from './node.js';

export interface TreeSource {
  roots(): readonly TreeNode[] | Promise<readonly TreeNode[]>;
}

/** A view of the editor on rows that know nothing of it. */
export class NodeTree implements TreeDataProvider<TreeNode>, Disposable {
  readonly #source: TreeSource;
  readonly #changed = new EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: TreeView<TreeNode>;
  readonly #parents = new WeakMap<TreeNode, TreeNode>();

  constructor(id: string, source: TreeSource, options: { readonly multiple: boolean }) {
    this.#source = source;
    this.view = window.createTreeView(id, { treeDataProvider: this, canSelectMany: options.multiple, showCollapseAll: true });
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  /** A line above the rows; undefined takes it away. */
  setMessage(message: string | undefined): void {
    // The editor's type does not say so, but an empty text would leave an empty line.
    (this.view as { message: string | undefined }).message = message;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    const children = await (node === undefined ? this.#source.roots() : (node.children?.() ?? []));
    if (node !== undefined) for (const child of children) this.#parents.set(child, node);
    return [...children];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.#parents.get(node);
  }

  getTreeItem(node: TreeNode): TreeItem {
    const state = node.children === undefined ? TreeItemCollapsibleState.None : node.expanded ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
    const item = new TreeItem(node.label, state);
    item.id = node.id;
    item.contextValue = node.context;
    if (node.description !== undefined) item.description = node.description;
    if (node.icon !== undefined) item.iconPath = new ThemeIcon(node.icon, node.color === undefined ? undefined : new ThemeColor(node.color));
    if (node.command !== undefined) item.command = { command: node.command, title: node.label, arguments: [node] };
    // Else a screen reader would be read the whole tooltip, once there is one.
    item.accessibilityInformation = { label: node.description === undefined || node.description === '' ? node.label : `${node.label}, ${node.description}` };
    return item;
  }

  /** Of thousands of rows, few are ever pointed at. */
  resolveTreeItem(item: TreeItem, node: TreeNode): TreeItem {
    if (node.tooltip !== undefined) item.tooltip = new MarkdownString(node.tooltip());
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.#changed.dispose();
  }
}
