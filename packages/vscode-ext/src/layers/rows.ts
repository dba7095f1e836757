import type { ImageFile, ImageLayer } from '@caisson/core';
import { formatAge, knownDate } from '../format/units.js';
import { instructionText, keywordOf } from './instruction.js';
import type { LayerOrigin } from './lines.js';
import type { FileRow, LayerRow } from './messages.js';

/** The rows of the layer history, the lowest first. */
export function layerRows(layers: readonly ImageLayer[], origins: readonly (LayerOrigin | undefined)[], now: Date = new Date()): readonly LayerRow[] {
  const total = layers.reduce((sum, layer) => sum + layer.size, 0);
  return layers.map((layer, step): LayerRow => {
    const instruction = instructionText(layer.createdBy);
    const origin = origins[step];
    const created = knownDate(layer.created);
    return {
      step,
      instruction,
      keyword: keywordOf(instruction),
      size: layer.size,
      share: total === 0 ? 0 : layer.size / total,
      age: created === undefined ? '' : formatAge(created, now),
      comment: layer.comment,
      ...(layer.index === undefined ? {} : { layer: layer.index }),
      ...(layer.digest === undefined ? {} : { digest: layer.digest }),
      ...(origin === undefined ? {} : { origin: { file: origin.dockerfile, line: origin.line, endLine: origin.endLine, cached: origin.cached, ...(origin.reason === undefined ? {} : { reason: origin.reason }), ...(origin.seconds === undefined ? {} : { seconds: origin.seconds }) } }),
    };
  });
}

/** Folders first, then the largest first: who looks into a layer looks for what is large. */
export function fileRows(files: readonly ImageFile[]): readonly FileRow[] {
  return files
    .toSorted((a, b) => Number(b.type === 'directory') - Number(a.type === 'directory') || b.size - a.size || (a.name < b.name ? -1 : 1))
    .map((file) => ({
      name: file.name,
      path: file.path,
      type: file.type,
      size: file.size,
      mode: modeText(file),
      owner: `${file.uid}:${file.gid}`,
      target: file.linkTarget,
      wasted: file.wastedBytes,
      ...(file.change === undefined ? {} : { change: file.change }),
    }));
}

const typeLetters = { file: '-', directory: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p' } as const;

/** As ls has it: `drwxr-sr-x`. */
export function modeText({ type, mode }: Pick<ImageFile, 'type' | 'mode'>): string {
  const triple = (bits: number, special: boolean, letter: string) => `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-'}`;
  return typeLetters[type] + triple(mode >> 6, (mode & 0o4000) !== 0, 's') + triple(mode >> 3, (mode & 0o2000) !== 0, 's') + triple(mode, (mode & 0o1000) !== 0, 't');
}
