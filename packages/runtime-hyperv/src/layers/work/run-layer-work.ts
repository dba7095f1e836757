import { closeSync, createReadStream, mkdirSync, openSync, rmSync } from 'node:fs';
import { CaissonError, decompress, Digester, sha256, TarReader, type LayerSummary } from '@caisson/core';
import { openVmCompute } from '../../hcs/vmcompute.js';
import { encodeFrame, encodeJson, frame } from '../../monitor/frames.js';
import { errorRecord } from '../../monitor/messages.js';
import { libraryPaths } from '../../win32/library-paths.js';
import { enablePrivileges } from '../../win32/privileges.js';
import { openBackupFiles } from '../../win32/files.js';
import { securityParser } from '../../win32/security-text.js';
import { BaseLayerWriter } from '../base-layer-writer.js';
import { LayerExporter } from '../layer-exporter.js';
import { LayerImporter } from '../layer-importer.js';
import { LayerService } from '../layer-service.js';
import { scratchToLayer } from '../scratch-to-layer.js';
import { UpperLayerWriter } from '../upper-layer-writer.js';
import { filesWork } from '../../files/files-work.js';
import type { FilesStat, LayerRequest } from './layer-request.js';
import { writeAll } from './write-all.js';

/** The child that works on one layer, or on the files of one container, with privileges that its parent does not need. Answers in frames on standard output. */
export async function runLayerWork(): Promise<void> {
  try {
    const { line, rest } = await firstLine(process.stdin);
    const request = JSON.parse(line) as LayerRequest;
    enablePrivileges(libraryPaths(request.libraries), ['SeBackupPrivilege', 'SeRestorePrivilege', 'SeSecurityPrivilege']);
    await send(encodeJson(frame.ok, (await work(request, rest)) ?? null));
  } catch (error) {
    await send(encodeJson(frame.error, errorRecord(error)));
  }
}

function work(request: LayerRequest, bytes: AsyncIterable<Uint8Array>): Promise<LayerSummary | FilesStat | undefined> {
  switch (request.op) {
    case 'apply':
      return apply(request, bytes);
    case 'diff':
      return diff(request);
    case 'settle':
      return settle(request);
    case 'files':
      return filesWork(request, openBackupFiles(libraryPaths(request.libraries)), bytes);
  }
}

async function apply({ stack, temporary, compression, libraries }: Extract<LayerRequest, { op: 'apply' }>, bytes: AsyncIterable<Uint8Array>): Promise<LayerSummary> {
  const vmcompute = openVmCompute(libraries);
  const layers = new LayerService(vmcompute);
  const files = openBackupFiles(vmcompute.paths);
  mkdirSync(stack.folder, { recursive: true });
  mkdirSync(temporary, { recursive: true });
  const writer = stack.parents.length === 0 ? new BaseLayerWriter(stack.folder, files, layers) : new UpperLayerWriter(stack, temporary, files, layers);
  try {
    const importer = new LayerImporter(writer, { parseSecurity: securityParser(vmcompute.paths) });
    const reader = new TarReader(importer);
    const digester = new Digester();
    for await (const chunk of decompress(bytes, compression)) {
      digester.update(chunk);
      reader.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
    reader.end();
    await writer.finish();
    return { diffId: digester.digest(), size: digester.size, entries: importer.entries };
  } finally {
    writer.close();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function diff({ stack, temporary, libraries, options }: Extract<LayerRequest, { op: 'diff' }>): Promise<LayerSummary> {
  const vmcompute = openVmCompute(libraries);
  const archive = `${temporary}.tar`;
  mkdirSync(temporary, { recursive: true });
  try {
    await new LayerService(vmcompute).export(stack, temporary);
    // The archive is written synchronously, and goes out as fast as the parent takes it.
    const fd = openSync(archive, 'w');
    let exported;
    try {
      exported = new LayerExporter(temporary, openBackupFiles(vmcompute.paths), (data) => writeAll(fd, data), options).export();
    } finally {
      closeSync(fd);
    }
    for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 20 })) await send(encodeFrame(frame.stdout, chunk as Buffer));
    return exported;
  } finally {
    rmSync(archive, { force: true });
    rmSync(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function settle({ stack, target, temporary, libraries }: Extract<LayerRequest, { op: 'settle' }>): Promise<LayerSummary> {
  try {
    await scratchToLayer(new LayerService(openVmCompute(libraries)), stack, target, temporary);
    return { diffId: sha256(''), size: 0, entries: 0 };
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The first line of a stream, and what comes after it. */
async function firstLine(input: AsyncIterable<Buffer>): Promise<{ line: string; rest: AsyncIterable<Uint8Array> }> {
  const iterator = input[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (;;) {
    const next = await iterator.next();
    if (next.done) throw new CaissonError('invalid-argument', 'no request was given');
    head = Buffer.concat([head, next.value]);
    const end = head.indexOf(10);
    if (end < 0) continue;
    const rest = head.subarray(end + 1);
    return { line: head.toString('utf8', 0, end), rest: remaining(rest, iterator) };
  }
}

async function* remaining(first: Uint8Array, iterator: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array, void> {
  if (first.length > 0) yield first;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

function send(data: Buffer): Promise<void> {
  return new Promise((resolve) => process.stdout.write(data, () => resolve()));
}
