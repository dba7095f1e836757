import { workspace, type Uri } from 'vscode';
import type { App } from '../app.js';
import { containerScheme, imageScheme, parseContainerAddress, parseImageAddress } from './address.js';
import { EngineFileSystem, type Files } from './provider.js';

/** Both file systems. Who is asked for a file opens the engine. */
export function registerFileSystems(app: App): void {
  const images = new Map<string, Promise<Files>>();
  app.connection.onChange(() => images.clear());
  const ofImage = async (uri: Uri) => {
    const address = parseImageAddress(uri.path);
    if (address === undefined) return undefined;
    const key = `${address.image}/${address.layer ?? 'all'}`;
    const made = images.get(key) ?? makeImage(app, address.image, address.layer);
    images.set(key, made);
    return { files: await made, path: address.path };
  };
  const ofContainer = async (uri: Uri) => {
    const address = parseContainerAddress(uri.path);
    if (address === undefined) return undefined;
    const { ContainerFiles } = await import('./container-files.js');
    const files = new ContainerFiles(await app.engine(), address.container);
    const bound: Files = {
      list: (path) => files.list(path),
      stat: (path) => files.stat(path),
      read: (path) => files.read(path),
      write: (path, content) => files.write(path, content),
      createFolder: (path) => files.createFolder(path),
      remove: (path, recursive) => files.remove(path, recursive),
      rename: (from, to) => files.rename(from, to),
    };
    return { files: bound, path: address.path };
  };
  const systems = [new EngineFileSystem(ofImage), new EngineFileSystem(ofContainer)] as const;
  app.context.subscriptions.push(
    ...systems,
    workspace.registerFileSystemProvider(imageScheme, systems[0], { isReadonly: true, isCaseSensitive: true }),
    workspace.registerFileSystemProvider(containerScheme, systems[1], { isCaseSensitive: true }),
  );
}

async function makeImage(app: App, image: string, layer: number | undefined): Promise<Files> {
  const { ImageFileSystem } = await import('./image-files.js');
  return new ImageFileSystem(await app.engine(), image, layer);
}
