import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawPath, tarEntry } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { backupParts, backupStream, stream, streamHeader } from '../../src/layers/backup-stream.js';
import { decodeExtendedAttributes, encodeExtendedAttributes } from '../../src/layers/extended-attributes.js';
import { fileInfo, fileTime, formatTime, unixTime } from '../../src/layers/file-info.js';
import { layerPath } from '../../src/layers/layer-path.js';
import { readTombstones } from '../../src/layers/layer-exporter.js';
import { decodeReparsePoint, encodeReparsePoint } from '../../src/layers/reparse-point.js';
import { formatGuid } from '../../src/layers/layer-service.js';

describe('backup streams', () => {
  const parts = (data: Buffer) => backupParts((into, at) => data.copy(into, 0, at), 0, data.length);

  it('have headers as BackupWrite takes them', () => {
    expect(streamHeader(backupStream.data, 5).toString('hex')).toBe('0100000000000000050000000000000000000000');
    expect(streamHeader(backupStream.alternateData, 1, ':a:$DATA').subarray(16, 24).toString('hex')).toBe('100000003a006100');
  });

  it('are found again part by part', () => {
    const data = Buffer.concat([stream(backupStream.security, Buffer.from('sd')), stream(backupStream.data, Buffer.from('content')), stream(backupStream.alternateData, Buffer.from('x'), ':zone:$DATA')]);
    expect(parts(data).map(({ kind, name, size }) => [kind, name, size])).toEqual([[3, '', 2], [1, '', 7], [4, ':zone:$DATA', 1]]);
  });

  it.each([
    ['cut short', stream(backupStream.data, Buffer.from('content')).subarray(0, 22)],
    ['of an unknown kind', streamHeader(77, 0)],
    ['with an endless name', Buffer.concat([streamHeader(1, 0).subarray(0, 16), Buffer.from('ffffffff', 'hex')])],
    ['with more metadata than can be', streamHeader(backupStream.security, 2 ** 40)],
  ])('%s are refused', (_, data) => expect(() => parts(data)).toThrow(/malformed/));
});

describe('reparse points', () => {
  it.each([
    { target: String.raw`C:\Windows\x`, mountPoint: false },
    { target: String.raw`..\file`, mountPoint: false },
    { target: String.raw`C:\Users`, mountPoint: true },
    { target: String.raw`\\server\share\x`, mountPoint: false },
  ])('$target are kept', (point) => expect(decodeReparsePoint(encodeReparsePoint(point))).toEqual(point));

  it('of a relative link say so', () => {
    const data = encodeReparsePoint({ target: 'x', mountPoint: false });
    expect([data.readUInt32LE(0), data.readUInt16LE(4), data.readUInt32LE(16)]).toEqual([0xa000000c, data.length - 8, 1]);
  });

  it('of other kinds are left alone, damaged ones refused', () => {
    const other = encodeReparsePoint({ target: 'x', mountPoint: false });
    other.writeUInt32LE(0x80000013, 0);
    expect(decodeReparsePoint(other)).toBeUndefined();
    const damaged = encodeReparsePoint({ target: 'x', mountPoint: true });
    damaged.writeUInt16LE(9999, 14);
    expect(() => decodeReparsePoint(damaged)).toThrow(/malformed/);
  });
});

describe('extended attributes', () => {
  it('are kept, each on its boundary', () => {
    const attributes = [{ name: 'ONE', value: Buffer.from([1, 2, 3]), flags: 0 }, { name: 'LONGER.NAME', value: Buffer.alloc(0), flags: 0x80 }];
    const data = encodeExtendedAttributes(attributes);
    expect(data.readUInt32LE(0) % 4).toBe(0);
    expect(decodeExtendedAttributes(data).map(({ name, value, flags }) => ({ name, value: Buffer.from(value), flags }))).toEqual(attributes);
  });

  it('that go round in circles or out of bounds are refused', () => {
    const data = encodeExtendedAttributes([{ name: 'A', value: Buffer.from('1'), flags: 0 }, { name: 'B', value: Buffer.from('2'), flags: 0 }]);
    data.writeUInt32LE(4, 0);
    expect(() => decodeExtendedAttributes(data)).toThrow(/malformed/);
    data.writeUInt32LE(4000, 0);
    expect(() => decodeExtendedAttributes(data)).toThrow(/malformed/);
  });
});

describe('file information', () => {
  it('counts from 1601, in units of 100 ns', () => {
    expect(fileTime(0, 0)).toBe(116_444_736_000_000_000n);
    expect(unixTime(fileTime(1_700_000_000, 123_456_700))).toEqual({ seconds: 1_700_000_000, nanoseconds: 123_456_700 });
    expect(formatTime(fileTime(5, 500_000_000))).toBe('5.5');
    expect(formatTime(fileTime(5, 0))).toBe('5');
  });

  it('comes from an entry’s records, or from its type', () => {
    const plain = fileInfo(tarEntry({ path: 'Files/d', type: 'directory', mtime: 7 }));
    expect([plain.attributes, plain.creation]).toEqual([0x10, fileTime(7, 0)]);
    const given = fileInfo(tarEntry({ path: 'Files/f', type: 'file', mtime: 7, windows: new Map([['MSWINDOWS.fileattr', '35'], ['LIBARCHIVE.creationtime', '3.25']]) }));
    expect([given.attributes, given.creation]).toEqual([35, fileTime(3, 250_000_000)]);
    const nonsense = fileInfo(tarEntry({ path: 'Files/f', type: 'file', mtime: 7, windows: new Map([['MSWINDOWS.fileattr', 'x'], ['LIBARCHIVE.creationtime', 'now']]) }));
    expect([nonsense.attributes, nonsense.creation]).toEqual([0, fileTime(7, 0)]);
  });
});

describe('paths of a layer', () => {
  it.each([
    ['Files', { area: 'Files', path: 'Files' }],
    ['./Files/Windows/notepad.exe', { area: 'Files', path: String.raw`Files\Windows\notepad.exe` }],
    ['Hives/System_Delta', { area: 'Hives', path: String.raw`Hives\System_Delta` }],
    ['UtilityVM/Files/', { area: 'UtilityVM', path: String.raw`UtilityVM\Files` }],
    ['Files/a.txt:Zone.Identifier', { area: 'Files', path: String.raw`Files\a.txt`, stream: 'Zone.Identifier' }],
    ['Files/Größe', { area: 'Files', path: 'Files\\Größe' }],
  ])('%s', (path, parsed) => expect(layerPath(rawPath(path))).toEqual(parsed));

  it.each(['', 'Other/x', '/Files/x', 'Files/../x', 'Files//x', 'Files/a\\b', 'Files/CON', 'Files/com1.txt', 'Files/x.', 'Files/x ', 'Files/a*b', 'Files/a:b:c', 'Files/:x', 'Files/a\u0001', 'files/x'])('%j is refused', (path) => {
    expect(() => layerPath(rawPath(path))).toThrow(/the layer has the path/);
  });
});

it('tombstones are found by their folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-tombstones-'));
  try {
    const path = join(folder, 'tombstones.txt');
    writeFileSync(path, '\ufeffVersion 1.0\r\n\\gone.txt\r\n\\Windows\\old\r\n');
    expect(readTombstones(path)).toEqual(new Map([['files', ['gone.txt']], [String.raw`files\windows`, ['old']]]));
    writeFileSync(path, 'Version 2.0\n');
    expect(() => readTombstones(path)).toThrow(/unknown version/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('GUIDs are written as Windows does', () => {
  expect(formatGuid(Uint8Array.from({ length: 16 }, (_, place) => place))).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
});
