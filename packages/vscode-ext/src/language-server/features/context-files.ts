import type { BuildContext } from '../files/context.js';
import { walkContext } from '../files/walk.js';
import type { ContextFile, ContextFiles, ContextFolder } from '../protocol.js';

const largestFirst = (a: ContextFile, b: ContextFile) => b.size - a.size || (a.path < b.path ? -1 : 1);

/** What a build would get of its context, largest first. */
export async function contextFiles(context: BuildContext, limit = 1000, signal?: AbortSignal): Promise<ContextFiles> {
  const { files, ignored, truncated } = await walkContext(context.folder, context.ignore, signal ? { signal } : {});
  const folders = new Map<string, { size: number; files: number }>();
  let size = 0;
  for (const file of files) {
    size += file.size;
    const slash = file.path.indexOf('/');
    const top = slash < 0 ? file.path : file.path.slice(0, slash + 1);
    const sum = folders.get(top) ?? { size: 0, files: 0 };
    sum.size += file.size;
    sum.files++;
    folders.set(top, sum);
  }
  return {
    context: context.folder,
    ...(context.ignoreFile !== undefined && { ignoreFile: context.ignoreFile }),
    files: files.toSorted(largestFirst).slice(0, limit),
    folders: [...folders].map(([path, sum]): ContextFolder => ({ path, ...sum })).sort(largestFirst),
    count: files.length,
    size,
    ignored: ignored.length,
    truncated,
  };
}
