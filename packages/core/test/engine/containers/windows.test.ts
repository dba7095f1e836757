import { describe, expect, it } from 'vitest';
import { absoluteTarget, windowsFolder } from '../../../src/engine/containers/windows.js';
import { resolveProcess } from '../../../src/engine/containers/resolve.js';
import { choosePlatform } from '../../../src/content/image.js';
import { platformFit } from '../../../src/model/platform.js';
import { sha256 } from '../../../src/model/digest.js';

describe('processes of Windows', () => {
  const image = { Cmd: ['cmd /S /C echo hi'], ArgsEscaped: true, Env: ['A=1'], WorkingDir: 'C:/app' };

  it('have what the image says: one command line, its folder, and no PATH of Linux', () => {
    expect(resolveProcess({ image: 'x' }, image, 'box', 'windows')).toMatchObject({ args: ['cmd /S /C echo hi'], argsEscaped: true, env: ['A=1'], cwd: String.raw`C:\app` });
  });

  it('consist of words where the user gives them', () => {
    expect(resolveProcess({ image: 'x', command: ['cmd', '/C', 'dir'] }, image, 'box', 'windows').argsEscaped).toBeUndefined();
    expect(resolveProcess({ image: 'x', entrypoint: ['a'] }, image, 'box', 'windows').argsEscaped).toBeUndefined();
    expect(resolveProcess({ image: 'x', command: ['/x'] }, { ...image, Entrypoint: ['app.exe run'] }, 'box', 'windows').argsEscaped).toBe(true);
    expect(resolveProcess({ image: 'x' }, { Cmd: ['a'], ArgsEscaped: true }, 'box', 'linux').argsEscaped).toBeUndefined();
  });
});

it.each([['/', 'C:\\'], ['C:', 'C:\\'], [String.raw`\app`, String.raw`C:\app`], ['D:/x/../y', String.raw`D:\y`]])('the folder %s is %s', (given, path) => expect(windowsFolder(given)).toBe(path));

it.each([['C:/data/', String.raw`C:\data`], ['D:', 'D:'], ['/data', String.raw`C:\data`], [String.raw`\\.\pipe\x`, String.raw`\\.\pipe\x`]])('the target %s is %s', (given, target) => expect(absoluteTarget(given, 'windows')).toBe(target));

it.each(['C:', 'C:\\', 'data', ''])('the target %j is refused', (given) => expect(() => absoluteTarget(given, 'windows')).toThrow(/absolute path|over the root/));

describe('versions of Windows', () => {
  const windows = (version: string) => ({ os: 'windows', architecture: 'amd64', 'os.version': version });

  it('fit a host of their own build best, then of a later one, and never an earlier one', () => {
    const fits = ['10.0.20348.1', '10.0.17763.1', '10.0.26100.1'].map((version) => platformFit(windows('10.0.20348'), windows(version)));
    expect(fits[0]).toBeGreaterThan(fits[1] ?? 0);
    expect(fits[1]).toBeGreaterThan(0);
    expect(fits[2]).toBe(0);
  });

  it('that are all too new are named with the host’s', () => {
    const manifests = [{ mediaType: 'x', digest: sha256('1'), size: 1, platform: windows('10.0.26100.1') }];
    expect(() => choosePlatform(manifests, windows('10.0.20348'), 'nanoserver')).toThrow('nanoserver is not made for windows/amd64 10.0.20348, only for windows/amd64 10.0.26100.1');
  });
});
