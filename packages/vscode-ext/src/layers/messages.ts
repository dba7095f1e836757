import type { ImageChange, ImageComparison } from '@caisson/core';

/** One step of an image's history, as the page shows it. */
export interface LayerRow {
  readonly step: number;
  /** Number among the layers; absent for steps that made none. */
  readonly layer?: number;
  readonly instruction: string;
  readonly keyword: string;
  readonly size: number;
  /** Of all layers together: 0 to 1. */
  readonly share: number;
  readonly age: string;
  readonly digest?: string;
  readonly comment: string;
  readonly origin?: { readonly file: string; readonly line: number; readonly endLine: number; readonly cached: boolean; readonly reason?: string; readonly seconds?: number };
}

export interface PageImage {
  readonly name: string;
  readonly id: string;
  readonly platform: string;
  readonly size: number;
  readonly rows: readonly LayerRow[];
}

/** A file of a folder, as the page shows it. */
export interface FileRow {
  readonly name: string;
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo';
  readonly size: number;
  readonly mode: string;
  readonly owner: string;
  readonly target: string;
  readonly change?: 'added' | 'changed' | 'deleted';
  readonly wasted: number;
}

/** Which files: of the whole image, or only what one layer did. */
export type FileScope = number | 'all';

export interface Totals {
  readonly entries: number;
  readonly bytes: number;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  readonly wasted: number;
}

export type ToLayersPage =
  | { readonly kind: 'image'; readonly image: PageImage }
  | { readonly kind: 'select'; readonly step: number }
  | { readonly kind: 'totals'; readonly scope: FileScope; readonly totals: Totals }
  | { readonly kind: 'files'; readonly scope: FileScope; readonly path: string; readonly files: readonly FileRow[] }
  | { readonly kind: 'fault'; readonly scope: FileScope; readonly path: string; readonly message: string }
  | { readonly kind: 'found'; readonly text: string; readonly files: readonly FileRow[]; readonly more: boolean }
  | { readonly kind: 'comparison'; readonly a: string; readonly b: string; /** The largest of `total`. */ readonly changes: readonly ImageChange[]; readonly total: number; readonly config: ImageComparison['config']; readonly sharedLayers: number };

export type FromLayersPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'files'; readonly scope: FileScope; readonly path: string }
  | { readonly kind: 'search'; readonly scope: FileScope; readonly text: string }
  | { readonly kind: 'open'; readonly scope: FileScope; readonly path: string }
  | { readonly kind: 'save'; readonly scope: FileScope; readonly path: string }
  | { readonly kind: 'reveal'; readonly step: number }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'compare' }
  | { readonly kind: 'run' };

export type FromComparisonPage =
  | { readonly kind: 'ready' }
  /** A file that differs: both sides of it beside each other, or the one that there is. */
  | { readonly kind: 'diff'; readonly path: string; readonly change: ImageChange['kind'] };
