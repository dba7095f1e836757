import { baseName, CaissonError, displayPath, type TarEntry, type TarHandler } from '@caisson/core';
import { backupStream, stream, streamHeader } from './backup-stream.js';
import { encodeExtendedAttributes } from './extended-attributes.js';
import { attribute, fileInfo, paxKey } from './file-info.js';
import { layerPath, type LayerPath } from './layer-path.js';
import type { LayerWriter } from './layer-writer.js';
import { encodeReparsePoint } from './reparse-point.js';

const whiteout = '.wh.';
const zeros = Buffer.alloc(1 << 16);

export interface ImporterOptions {
  /** Security descriptors as text become binary ones through Windows. */
  readonly parseSecurity: (sddl: string) => Uint8Array;
}

/** Hands the entries of a layer's archive on to a LayerWriter, as backup streams (Microsoft/go-winio: backuptar). */
export class LayerImporter implements TarHandler {
  entries = 0;
  readonly #writer: LayerWriter;
  readonly #options: ImporterOptions;
  #current: LayerPath | undefined;
  #writing = false;

  constructor(writer: LayerWriter, options: ImporterOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  /** @throws CaissonError `invalid-content` */
  entry(entry: TarEntry): void {
    this.entries++;
    this.#writing = false;
    const path = layerPath(entry.path);
    if (path.stream !== undefined) return this.#alternateData(entry, path);
    this.#current = undefined;
    const name = baseName(entry.path);
    if (name.startsWith(whiteout)) return this.#writer.remove(layerPath(entry.path.slice(0, entry.path.length - name.length) + name.slice(whiteout.length)));
    if (entry.type === 'hardlink') return this.#writer.link(path, layerPath(entry.linkname));
    this.#file(entry, path);
  }

  #file(entry: TarEntry, path: LayerPath): void {
    const { type, windows } = entry;
    if (type !== 'file' && type !== 'directory' && type !== 'symlink') throw new CaissonError('invalid-content', `the layer has ${displayPath(entry.path)}, which is a ${type}: Windows has none`);
    const info = fileInfo(entry);
    const reparsePoint = type === 'symlink';
    const directory = type === 'directory' || (reparsePoint && (info.attributes & attribute.directory) !== 0);
    this.#writer.add(path, reparsePoint ? { ...info, attributes: (info.attributes | attribute.reparsePoint) >>> 0 } : info, { directory, reparsePoint });
    const security = securityOf(windows, this.#options);
    if (security) this.#writer.write(stream(backupStream.security, security));
    const attributes = extendedAttributesOf(windows);
    if (attributes) this.#writer.write(stream(backupStream.extendedAttributes, attributes));
    if (reparsePoint) {
      const mountPoint = windows?.has(paxKey.mountPoint) ?? false;
      this.#writer.write(stream(backupStream.reparse, encodeReparsePoint({ target: Buffer.from(entry.linkname, 'latin1').toString('utf8').replaceAll('/', '\\'), mountPoint })));
    }
    if (type === 'file') {
      if (path.area !== 'Hives') this.#writer.write(streamHeader(backupStream.data, entry.size));
      this.#writing = true;
    }
    this.#current = path;
  }

  /** Belongs to the file before it. */
  #alternateData(entry: TarEntry, path: LayerPath): void {
    if (path.path !== this.#current?.path || entry.type !== 'file') throw new CaissonError('invalid-content', `the layer has the stream ${displayPath(entry.path)} without its file before it`);
    this.#writer.write(streamHeader(backupStream.alternateData, entry.size, `:${path.stream}:$DATA`));
    this.#writing = true;
  }

  data(chunk: Buffer): void {
    if (this.#writing) this.#writer.write(chunk);
  }

  hole(length: number): void {
    for (let left = length; left > 0; left -= zeros.length) this.data(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }

  endEntry(): void {
    this.#writing = false;
  }
}

function securityOf(windows: TarEntry['windows'], { parseSecurity }: ImporterOptions): Uint8Array | undefined {
  const raw = windows?.get(paxKey.rawSecurity);
  if (raw !== undefined) return base64(raw);
  const text = windows?.get(paxKey.security);
  return text === undefined ? undefined : parseSecurity(text);
}

function extendedAttributesOf(windows: TarEntry['windows']): Uint8Array | undefined {
  const attributes = [...(windows ?? [])].flatMap(([key, value]) => (key.startsWith(paxKey.extendedAttribute) ? [{ name: key.slice(paxKey.extendedAttribute.length), value: base64(value), flags: 0 }] : []));
  return attributes.length > 0 ? encodeExtendedAttributes(attributes) : undefined;
}

function base64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new CaissonError('invalid-content', 'the layer has a record that is not base64');
  return Buffer.from(text, 'base64');
}
