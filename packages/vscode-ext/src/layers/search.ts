import type { ImageFile, ImageFiles } from '@caisson/core';

export interface SearchLimits {
  readonly results: number;
  readonly folders: number;
}

const together = 8;

/** Files whose path has all the words, folder by folder from the top; ends at the limits, and then `more` is true. */
export async function searchFiles(view: Pick<ImageFiles, 'children'>, text: string, limits: SearchLimits = { results: 300, folders: 20_000 }, signal?: AbortSignal): Promise<{ readonly files: readonly ImageFile[]; readonly more: boolean }> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: ImageFile[] = [];
  const waiting: string[] = [''];
  let asked = 0;
  while (waiting.length > 0 && words.length > 0) {
    if (signal?.aborted || found.length >= limits.results || asked >= limits.folders) return { files: found.slice(0, limits.results), more: true };
    const folders = waiting.splice(0, together);
    asked += folders.length;
    for (const files of await Promise.all(folders.map((folder) => view.children(folder))))
      for (const file of files) {
        if (words.every((word) => file.path.toLowerCase().includes(word))) found.push(file);
        // Of a deleted folder there is nothing below.
        if (file.type === 'directory' && file.change !== 'deleted') waiting.push(file.path);
      }
  }
  return { files: found.slice(0, limits.results), more: found.length > limits.results };
}
