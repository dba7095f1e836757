import { CaissonError, TarReader } from '@caisson/core';
import { checkName, parseMetadata, tlsFiles, type TlsFile } from '@caisson/docker-api/client';
import { defineCommand } from '../cli.js';
import { contextStore } from '../contexts/current.js';
import { readInput } from '../flags/input.js';

/** docker's own limit. */
const maxBytes = 10 * 1024 * 1024;

export default defineCommand({
  configure(command) {
    command.argument('<context>', 'name for it').argument('<file>', 'what export has written, or - for standard input').addHelpText('after', '\nExample:\n  caisson context import lab lab.dockercontext\n');
  },
  async run(cli, [name = '', file]) {
    checkName(name);
    const store = contextStore(cli);
    if (store.has(name)) throw new CaissonError('already-exists', `context ${JSON.stringify(name)} already exists`);
    const found = await readArchive(readInput(file).bytes);
    const text = found.get('meta.json');
    if (!text) throw new CaissonError('invalid-content', 'the archive has no meta.json: it is not an exported context');
    const tls: Partial<Record<TlsFile, Uint8Array>> = {};
    for (const pem of tlsFiles) {
      const data = found.get(`tls/docker/${pem}`);
      if (data) tls[pem] = data;
    }
    store.put({ ...parseMetadata(text.toString('utf8')), Name: name }, tls);
    cli.print(name);
    process.stderr.write(`Successfully imported context "${name}"\n`);
  },
});

async function readArchive(source: AsyncIterable<Uint8Array>): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  let path = '';
  let total = 0;
  const reader = new TarReader({
    entry(entry) {
      path = entry.type === 'file' ? entry.path.replace(/^\.?\/+/, '') : '';
      if (path !== '') files.set(path, Buffer.alloc(0));
    },
    data(chunk) {
      if (path !== '') files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), chunk]));
    },
    hole() {},
    endEntry() {},
  });
  for await (const piece of source) {
    total += piece.byteLength;
    if (total > maxBytes) throw new CaissonError('limit-exceeded', `the archive is larger than ${maxBytes} bytes`);
    reader.write(piece);
  }
  reader.end();
  return files;
}
