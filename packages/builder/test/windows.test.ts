import { createHash } from 'node:crypto';
import { documentBytes, mediaTypes, openImage, parseReference, sha256, TarReader, withDefaultTag, type BuildResult, type ContainerDefaults, type TarEntry } from '@caisson/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { securityDescriptor, sid } from '../src/windows/security-descriptor.js';
import { contextPath, joinWindowsPath, layerDestination, layerSource } from '../src/windows/paths.js';
import { Harness } from './support/harness.js';

const windows = { platforms: [{ os: 'windows', architecture: 'amd64' }] } as const;
const foreign = { mediaType: mediaTypes.dockerForeignLayer, digest: sha256('never fetched'), size: 99_000_000, urls: ['https://mcr.example/base'] };

describe('images of Windows, built on Linux', () => {
  let harness: Harness;
  let context: string;

  beforeAll(async () => {
    harness = await Harness.withBase({ runtime: false });
    context = harness.tree('context', { 'app/main.exe': 'MZ', 'app/lib/a.dll': 'dll', 'read me.txt': 'text' });
    await baseImage('localhost/nanoserver:1', { Env: [String.raw`Path=C:\Windows`], User: 'ContainerUser', Cmd: ['c:\\windows\\system32\\cmd.exe'] });
  });
  afterAll(() => harness[Symbol.dispose]());

  /** An image whose only layer is in no store. */
  async function baseImage(name: string, config: ContainerDefaults): Promise<void> {
    const document = documentBytes({ os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.2227', created: '2020-01-01T00:00:00Z', config, rootfs: { type: 'layers', diff_ids: [sha256('its diffID')] } });
    const manifest = documentBytes({ schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config: { mediaType: mediaTypes.dockerConfig, digest: await put(document), size: document.byteLength }, layers: [foreign] });
    const target = { mediaType: mediaTypes.dockerManifest, digest: await put(manifest), size: manifest.byteLength };
    await harness.images.put({ target, id: sha256(document) }, [withDefaultTag(parseReference(name))]);
  }

  async function put(bytes: Uint8Array) {
    await using writer = await harness.content.writer({ ref: sha256(bytes) });
    await writer.write(bytes);
    return await writer.commit();
  }

  async function opened(result: BuildResult) {
    return openImage((descriptor) => harness.content.read(descriptor.digest), result.root, { name: 'built' });
  }

  async function entriesOf(result: BuildResult, place: number): Promise<TarEntry[]> {
    const entries: TarEntry[] = [];
    const reader = new TarReader({ entry: (entry) => entries.push(entry), data() {}, hole() {}, endEntry() {} });
    const layer = (await opened(result)).manifest.layers[place];
    if (layer) for await (const chunk of harness.content.open(layer.digest)) reader.write(Buffer.from(chunk));
    reader.end();
    return entries;
  }

  it('has layers with the right records, on a base that is never fetched', async () => {
    const result = await harness.build('FROM localhost/nanoserver:1\nCOPY app C:/app/\n', context, windows);
    const { manifest, config } = await opened(result);
    expect(manifest.layers[0]).toEqual(foreign);
    expect(config['os.version']).toBe('10.0.20348.2227');
    expect(config.config?.User).toBe('ContainerUser');
    const entries = await entriesOf(result, 1);
    expect(entries.map((entry) => entry.path)).toEqual(['Files', 'Files/app', 'Files/app/lib', 'Files/app/lib/a.dll', 'Files/app/main.exe', 'Hives']);
    for (const { type, uid, gid, mtime, windows: records } of entries) {
      expect([uid, gid]).toEqual([0, 0]);
      expect(Object.fromEntries(records ?? [])).toEqual({
        'LIBARCHIVE.creationtime': String(mtime),
        'MSWINDOWS.fileattr': type === 'directory' ? '16' : '32',
        'MSWINDOWS.rawsd': securityDescriptor(type === 'directory' ? 'directory' : 'file').toString('base64'),
      });
    }
  });

  it('is the same to the last bit whenever it is built', async () => {
    const [one, two] = [await harness.build('FROM localhost/nanoserver:1\nCOPY app C:/app/\n', context, windows), await harness.build('FROM localhost/nanoserver:1\nCOPY app C:/app/\n', context, { ...windows, noCache: true })];
    expect(one.root.digest).toBe(two.root.digest);
  });

  it('takes backslashes, the escape directive, SHELL, WORKDIR and accounts', async () => {
    const dockerfile = [
      '# escape=`',
      'FROM localhost/nanoserver:1',
      'SHELL ["powershell", "-Command"]',
      'WORKDIR work',
      String.raw`WORKDIR ..\app`,
      String.raw`COPY --chown=ContainerUser app\lib .\lib`,
      String.raw`COPY ["read me.txt", "C:\\data\\"]`,
      'USER ContainerAdministrator',
      'ENV A=1 `',
      '    B=2',
      'CMD Write-Host `',
      '    hello',
      '',
    ].join('\n');
    const result = await harness.build(dockerfile, context, windows);
    const { config } = await opened(result);
    expect(config.config).toMatchObject({ WorkingDir: String.raw`C:\app`, User: 'ContainerAdministrator', ArgsEscaped: true, Shell: ['powershell', '-Command'], Env: [String.raw`Path=C:\Windows`, 'A=1', 'B=2'] });
    expect(config.config?.Cmd?.[0]).toMatch(/^powershell -Command Write-Host +hello$/);
    const lib = await entriesOf(result, 3);
    const owned = lib.find((entry) => entry.path === 'Files/app/lib/a.dll');
    expect(owned?.windows?.get('MSWINDOWS.rawsd')).toBe(securityDescriptor('file', sid.containerUser).toString('base64'));
    expect((await entriesOf(result, 4)).map((entry) => entry.path)).toContain('Files/data/read me.txt');
  });

  it('begins from nothing', async () => {
    const result = await harness.build('FROM scratch\nCOPY app/main.exe C:/\n', context, windows);
    expect((await entriesOf(result, 0)).map((entry) => entry.path)).toEqual(['Files', 'Files/main.exe', 'Hives']);
    expect((await opened(result)).config.config).toMatchObject({ WorkingDir: 'C:\\', Env: [expect.stringContaining('System32') as string] });
  });

  it('has exec forms as words', async () => {
    const { config } = await opened(await harness.build('FROM localhost/nanoserver:1\nENTRYPOINT ["app.exe", "a b"]\nCMD ["c"]\n', context, windows));
    expect(config.config).toMatchObject({ Entrypoint: ['app.exe', 'a b'], Cmd: ['c'] });
    expect(config.config?.ArgsEscaped).toBeUndefined();
    const shell = await opened(await harness.build('FROM localhost/nanoserver:1\nENTRYPOINT app.exe "a b"\n', context, windows));
    expect(shell.config.config).toMatchObject({ Entrypoint: ['cmd /S /C app.exe "a b"'], ArgsEscaped: true });
  });

  it('copies from stages, of Windows and of Linux', async () => {
    const dockerfile = [
      '# escape=`',
      'FROM localhost/nanoserver:1 AS made',
      String.raw`COPY app C:\made`,
      'FROM --platform=linux/amd64 localhost/busybox:1 AS tools',
      'COPY app/main.exe /out/tool.exe',
      'FROM localhost/nanoserver:1',
      String.raw`COPY --from=made C:\made\lib C:\lib`,
      'COPY --from=tools /out/tool.exe C:/bin/',
      '',
    ];
    const result = await harness.build(dockerfile.join('\n'), context, windows);
    const files = [...(await entriesOf(result, 1)), ...(await entriesOf(result, 2))].filter((entry) => entry.type === 'file').map((entry) => entry.path);
    expect(files).toEqual(['Files/lib/a.dll', 'Files/bin/tool.exe']);
  });

  it.each([
    ['RUN echo hello', 'unsupported', /RUN for windows\/amd64/],
    ['COPY --chown=somebody app C:/app', 'unsupported', /not one that every Windows image has/],
    ['COPY --chown=1000:1000 app C:/app', 'invalid-argument', /one account/],
    ['COPY app D:/app', 'invalid-argument', /drive C:/],
    ['WORKDIR E:/work', 'invalid-argument', /drive C:/],
  ])('%s is refused', async (instruction, code, message) => {
    await expect(harness.build(`FROM localhost/nanoserver:1\n${instruction}\n`, context, windows)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});

describe('paths of Windows', () => {
  it.each([
    [undefined, 'app', String.raw`C:\app`],
    [String.raw`C:\a`, 'b/c', String.raw`C:\a\b\c`],
    [String.raw`C:\a`, String.raw`\b`, String.raw`C:\b`],
    [String.raw`C:\a\b`, '..', String.raw`C:\a`],
    ['/', 'x', String.raw`C:\x`],
    [String.raw`C:\a`, 'c:/', 'C:\\'],
  ])('%s and %s are %s', (current, next, joined) => expect(joinWindowsPath(current?.replaceAll('/', '\\') === '\\' ? 'C:\\' : current, next)).toBe(joined));

  it('become those of a layer', () => {
    expect(layerDestination(String.raw`C:\work`, './')).toBe('/Files/work/');
    expect(layerDestination(undefined, 'C:\\')).toBe('/Files/');
    expect(layerDestination(undefined, String.raw`C:\a\b\..\c`)).toBe('/Files/a/c');
    expect(layerSource('C:/out/*.exe')).toBe('/Files/out/*.exe');
    expect(contextPath(String.raw`a\b`)).toBe('a/b');
  });
});

describe('security descriptors', () => {
  // Made once by hand from the SDDL in the source: [MS-DTYP] 2.4.6, 2.4.5, 2.4.4.2.
  it('of files are what their SDDL says', () => {
    const bytes = securityDescriptor('file');
    expect(bytes.toString('hex')).toBe(
      [
        '01000480', '14000000', '24000000', '00000000', '30000000',
        '01020000000000052000000020020000', '010100000000000512000000',
        '02004c0003000000', '00001400ff011f00010100000000000512000000', '00001800ff011f0001020000000000052000000020020000', '00001800a900120001020000000000052000000021020000',
      ].join(''),
    );
  });

  it('of folders are inherited by what is put there', () => {
    const bytes = securityDescriptor('directory');
    expect(bytes.readUInt16LE(bytes.readUInt32LE(16) + 4)).toBe(6);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(createHash('sha256').update(securityDescriptor('directory')).digest('hex'));
    expect(bytes.length).toBe(bytes.readUInt32LE(16) + bytes.readUInt16LE(bytes.readUInt32LE(16) + 2));
  });
});
