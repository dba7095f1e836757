import type { ImageFile } from '@caisson/core';
import { formatSize } from './units.js';

export interface TreeNode {
  readonly file: ImageFile;
  readonly children: readonly TreeNode[];
}

const marks = { added: '+', changed: '~', deleted: '-' } as const;

/** A tree of files, a line each, with what became of them, sizes and what they waste. */
export function fileTree(nodes: readonly TreeNode[], indent = ''): string[] {
  return nodes.flatMap(({ file, children }, place) => {
    const isLast = place === nodes.length - 1;
    const mark = file.change === undefined ? ' ' : marks[file.change];
    const name = file.type === 'directory' ? `${file.name}/` : file.linkTarget === '' ? file.name : `${file.name} -> ${file.linkTarget}`;
    const size = file.type === 'file' || file.size > 0 ? ` ${formatSize(file.size)}` : '';
    const wasted = file.wastedBytes > 0 ? ` (${formatSize(file.wastedBytes)} wasted)` : '';
    return [`${mark} ${indent}${isLast ? '└─ ' : '├─ '}${name}${size}${wasted}`, ...fileTree(children, `${indent}${isLast ? '   ' : '│  '}`)];
  });
}
