import type { BuildRecord, CacheEntry, ContainerSummary, ImageLayer, ImageSummary, NetworkRecord, VolumeRecord } from '@caisson/core';

/** What a row stands for: commands get it. */
export type Subject =
  | { readonly kind: 'image'; readonly image: ImageSummary; /** As people know it; absent for a nameless one. */ readonly name?: string }
  | { readonly kind: 'repository'; readonly repository: string; readonly images: readonly ImageSummary[] }
  | { readonly kind: 'layer'; readonly image: ImageSummary; readonly layer: ImageLayer; readonly step: number }
  | { readonly kind: 'container'; readonly container: ContainerSummary }
  | { readonly kind: 'containers'; readonly containers: readonly ContainerSummary[] }
  | { readonly kind: 'file'; readonly container: string; readonly path: string; readonly folder: boolean }
  | { readonly kind: 'volume'; readonly volume: VolumeRecord }
  | { readonly kind: 'network'; readonly network: NetworkRecord }
  | { readonly kind: 'registry'; readonly host: string }
  | { readonly kind: 'remote-repository'; readonly host: string; readonly path: string }
  | { readonly kind: 'remote-tag'; readonly reference: string }
  | { readonly kind: 'build'; readonly build: BuildRecord }
  | { readonly kind: 'cache'; readonly entry: CacheEntry };

/** A row of a view, free of the editor: what to show, what it stands for, and what is below. */
export interface TreeNode {
  /** Unique in its view and the same after each refresh: the editor keeps what is open and selected by it. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** In Markdown; made when somebody points at the row. */
  readonly tooltip?: () => string;
  /** Name of a codicon. */
  readonly icon?: string;
  /** ID of a theme colour for the icon. */
  readonly color?: string;
  /** What menus go by. */
  readonly context: string;
  readonly subject?: Subject;
  readonly expanded?: boolean;
  readonly children?: () => readonly TreeNode[] | Promise<readonly TreeNode[]>;
  /** Run when the row is opened, with the row as its argument. */
  readonly command?: string;
}

/** How a view shows what it has: remembered. */
export interface ViewOptions {
  readonly group: string;
  readonly sort: string;
  /** Only rows that contain this, in any case of letters. */
  readonly filter: string;
  /** Of containers: also those that do not run. Of images and volumes: also those without a name. */
  readonly all: boolean;
}

/** True where one of the texts has all words of the filter. */
export function matches(filter: string, ...texts: readonly (string | undefined)[]): boolean {
  const text = texts.join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Markdown that stands for itself. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, '\\$&');
}

/** A tooltip: a bold title, and lines of a name and a value. */
export function tooltip(title: string, rows: readonly (readonly [string, string | undefined])[]): string {
  const lines = rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${escapeMarkdown(name)}: ${escapeMarkdown(value)}`]));
  return [`**${escapeMarkdown(title)}**`, ...lines].join('  \n');
}
