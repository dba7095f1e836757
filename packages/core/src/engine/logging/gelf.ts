import { randomBytes } from 'node:crypto';
import { CaissonError } from '../../errors.js';
import type { LogEntry } from '../engine.js';
import { parseAddress, type LogAddress } from './address.js';
import type { LogDriver, LogSource } from './driver.js';
import { textOf } from './text.js';

const CHUNK = 8192 - 12;
const MOST_CHUNKS = 128;

/** Graylog's format (GELF 1.1): a JSON object for each entry, by UDP in chunks, or by TCP with a NUL after each. */
export const gelf: LogDriver = {
  name: 'gelf',
  options: ['gelf-address', 'gelf-compression-type', 'gelf-compression-level', 'gelf-tcp-max-reconnect', 'gelf-tcp-reconnect-delay'],
  check(options) {
    addressOf(options);
    const type = options['gelf-compression-type'];
    if (type !== undefined && !['gzip', 'zlib', 'none'].includes(type)) throw new CaissonError('invalid-argument', `the log option gelf-compression-type is gzip, zlib or none, not ${JSON.stringify(type)}`);
    const level = options['gelf-compression-level'];
    if (level !== undefined && !/^(?:-1|\d)$/.test(level)) throw new CaissonError('invalid-argument', `the log option gelf-compression-level is between -1 and 9, not ${JSON.stringify(level)}`);
  },
  async open(source, options, signal) {
    const address = addressOf(options);
    if (address.scheme === 'udp') {
      const { Datagrams } = await import('./datagrams.js');
      const datagrams = new Datagrams(address);
      return {
        async write(entries) {
          for (const entry of entries) for (const packet of packets(compressed(JSON.stringify(gelfMessage(source, entry)), options))) await datagrams.send(packet);
        },
        [Symbol.asyncDispose]: () => datagrams[Symbol.asyncDispose](),
      };
    }
    const { connectStream } = await import('./log-stream.js');
    const stream = await connectStream(address, signal);
    return {
      write: (entries) => stream.send(Buffer.from(entries.map((entry) => `${JSON.stringify(gelfMessage(source, entry))}\0`).join(''))),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    };
  },
};

function addressOf(options: Readonly<Record<string, string>>): LogAddress {
  const text = options['gelf-address'];
  if (text === undefined) throw new CaissonError('invalid-argument', 'the log driver gelf needs the option gelf-address', { hint: '--log-opt gelf-address=udp://host:12201' });
  return parseAddress('gelf-address', text, { schemes: ['udp', 'tcp'], port: 12201 });
}

export function gelfMessage({ container, tag, details, hostname }: LogSource, entry: LogEntry): Record<string, string | number> {
  return {
    version: '1.1',
    host: hostname,
    short_message: textOf(entry),
    timestamp: entry.at.getTime() / 1000,
    level: entry.stream === 'stderr' ? 3 : 6,
    _container_id: container.id,
    _container_name: container.name,
    _image_id: container.image.id,
    _image_name: container.image.name,
    _command: container.process.args.join(' '),
    _tag: tag,
    _created: container.created.toISOString(),
    ...Object.fromEntries(Object.entries(details).map(([name, value]) => [`_${name}`, value])),
  };
}

function compressed(text: string, options: Readonly<Record<string, string>>): Buffer {
  const level = Number(options['gelf-compression-level'] ?? 1);
  const { deflateSync, gzipSync } = process.getBuiltinModule('node:zlib');
  switch (options['gelf-compression-type']) {
    case 'none':
      return Buffer.from(text);
    case 'zlib':
      return deflateSync(text, { level });
    default:
      return gzipSync(text, { level });
  }
}

/** A message that is longer than a datagram goes in chunks: two magic bytes, an ID, which of how many. One that is longer still is left out, as there is no way to send it. */
export function packets(message: Buffer): Buffer[] {
  if (message.length <= CHUNK) return [message];
  const count = Math.ceil(message.length / CHUNK);
  if (count > MOST_CHUNKS) return [];
  const id = randomBytes(8);
  return Array.from({ length: count }, (_, index) => Buffer.concat([Buffer.from([0x1e, 0x0f]), id, Buffer.from([index, count]), message.subarray(index * CHUNK, (index + 1) * CHUNK)]));
}
