import { watch } from 'node:fs';

/** The file system's word that something has changed in a folder. */
export interface FolderChanges {
  /** Resolves on the next change, at once where there was one since the last call, or when it is over. */
  next(): Promise<void>;
  /** As if something had changed. */
  wake(): void;
  /** Whether `ended` has resolved, the time has come, or the folder is gone. */
  isOver(): boolean;
  close(): void;
}

export function watchFolder(path: string, { ended, signal, until }: { ended?: Promise<unknown>; signal?: AbortSignal | undefined; until?: Date | undefined }): FolderChanges {
  let over = false;
  let changed = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    changed = true;
    wake?.();
  };
  const end = () => {
    over = true;
    notify();
  };
  let close = () => {};
  try {
    const watcher = watch(path, notify);
    watcher.on('error', end);
    close = () => watcher.close();
  } catch {
    end(); // it is gone
  }
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  ended?.then(end, end);
  const timer = until && setTimeout(end, Math.max(0, Math.min(until.getTime() - Date.now(), 2 ** 31 - 1)));
  return {
    isOver: () => over,
    wake: notify,
    async next() {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
    },
    close() {
      close();
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    },
  };
}
