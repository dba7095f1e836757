import { existsSync, writeFileSync } from 'node:fs';
import { CaissonError, fromSystemError, rawPath, tarEntry, TarWriter } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { contextStore } from '../contexts/current.js';

export default defineCommand({
  configure(command) {
    command
      .argument('<context>', 'name')
      .argument('[file]', 'file to write (default: CONTEXT.dockercontext), or - for standard output')
      .addHelpText('after', '\nThe file holds the private key, if the context has one.\n\nExample:\n  caisson context export lab - | ssh other caisson context import lab -\n');
  },
  async run(cli, [name = '', file = `${name}.dockercontext`]) {
    const store = contextStore(cli);
    if (name === 'default') throw new CaissonError('invalid-argument', 'the default context cannot be exported');
    const context = store.get(name);
    const chunks: Buffer[] = [];
    const writer = new TarWriter((chunk) => chunks.push(Buffer.from(chunk)), { bufferSize: 64 * 1024 });
    const add = (path: string, data: Uint8Array) => writer.add(tarEntry({ path: rawPath(path), type: 'file', mode: 0o644, size: data.length }), data);
    add('meta.json', Buffer.from(JSON.stringify(context.metadata)));
    const files = Object.entries(store.tlsFiles(context));
    if (files.length > 0) for (const path of ['tls', 'tls/docker']) writer.add(tarEntry({ path: rawPath(path), type: 'directory', mode: 0o700 }));
    for (const [path, data] of files) add(`tls/docker/${path}`, data);
    writer.finish();
    const archive = Buffer.concat(chunks);
    if (file === '-') {
      if (process.stdout.isTTY) throw new CaissonError('invalid-argument', 'an archive is not for a terminal', { hint: 'name a file, or send it into a pipe' });
      process.stdout.write(archive);
      return;
    }
    if (existsSync(file)) throw new CaissonError('already-exists', `${file} already exists`);
    try {
      writeFileSync(file, archive, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw fromSystemError(error, `writing ${file}`);
    }
    process.stderr.write(`Written file "${file}"\n`);
  },
});
