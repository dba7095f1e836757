import { FileType, Uri, workspace } from 'vscode';
import { escapeMarkdown, type TreeNode } from '../views/node.js';
import { containerAddress, containerScheme } from './address.js';

/** The top folders of a container, below its row. */
export function containerFiles(container: string): Promise<readonly TreeNode[]> {
  return folderNodes(container, '/');
}

async function folderNodes(container: string, folder: string): Promise<readonly TreeNode[]> {
  const entries = await workspace.fs.readDirectory(containerUri(container, folder));
  return entries.map(([name, type]) => {
    const path = `${folder === '/' ? '' : folder}/${name}`;
    const isFolder = (type & FileType.Directory) !== 0;
    return {
      id: `file:${container}:${path}`,
      label: name,
      tooltip: () => escapeMarkdown(path),
      icon: isFolder ? 'folder' : (type & FileType.SymbolicLink) !== 0 ? 'file-symlink-file' : 'file',
      context: isFolder ? 'file.folder' : 'file',
      subject: { kind: 'file', container, path, folder: isFolder },
      ...(isFolder ? { children: () => folderNodes(container, path) } : { command: 'caisson.files.open' }),
    } satisfies TreeNode;
  });
}

export function containerUri(container: string, path: string): Uri {
  return Uri.from({ scheme: containerScheme, path: containerAddress(container, path) });
}

