import { dirname, join } from 'node:path';
import { CodeCache } from './loader/code-cache.js';
import { codeFolder } from './loader/folder.js';
import { setHeapFlags } from './loader/heap.js';
import { shortCommands } from './loader/short.js';
import { commandLabel } from './loader/words.js';

/** What bin/caisson.cjs runs: loads the command line and goes on with it. `program` is that file, `native` its `require`. */
export async function start(program: string, native: NodeJS.Require, args: readonly string[]): Promise<void> {
  const dist = join(dirname(dirname(program)), 'dist');
  const label = commandLabel(args);
  // An ordinary user's containers are in a namespace of the user's, which the command has to be in as well.
  if (process.platform === 'linux' && process.getuid?.() !== 0) {
    const code = new CodeCache(dist, codeFolder(dist, label === 'none' ? label : 'enter'), native);
    await (code.load('enter.cjs') as typeof import('./enter.js')).enter(program, args, () => code.save());
  }
  setHeapFlags(label, native);
  const code = new CodeCache(dist, codeFolder(dist, label), native);
  const { main } = code.load(Object.hasOwn(shortCommands, label) ? 'short.cjs' : 'main.cjs') as typeof import('./main.js');
  if (await main(args)) code.save();
  // All is done when nothing is left to wait for: what Node takes apart then, the kernel does at once.
  process.once('beforeExit', () => process.exit());
}
