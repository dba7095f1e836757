/** A file, folder or other thing of a container or image, as much as an editor's explorer needs. */
export interface FileEntry {
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Of a link: what it leads to, where that is known. */
  readonly target?: string;
}

const typeMask = 0o170000;

/** From the type bits of stat(2). */
export function typeOfMode(mode: number): FileEntry['type'] {
  const type = mode & typeMask;
  if (type === 0o040000) return 'folder';
  if (type === 0o120000) return 'link';
  return type === 0o100000 ? 'file' : 'other';
}

/** The lines of `stat -c '%f %s %Y %n'`; whatever else is printed is passed over. Folders first, then by name. */
export function parseStatLines(text: string): FileEntry[] {
  return inOrder(
    text.split('\n').flatMap((line) => {
      const [, mode, size, modified, name] = /^([0-9a-f]+) (\d+) (-?\d+) (?:\.\/)?(.+)$/.exec(line) ?? [];
      if (mode === undefined || name === undefined) return [];
      return [{ name, type: typeOfMode(Number.parseInt(mode, 16)), size: Number(size), modified: Number(modified) * 1000 }];
    }),
  );
}

export function inOrder(entries: readonly FileEntry[]): FileEntry[] {
  return [...entries].sort((a, b) => Number(b.type === 'folder') - Number(a.type === 'folder') || (a.name < b.name ? -1 : 1));
}
