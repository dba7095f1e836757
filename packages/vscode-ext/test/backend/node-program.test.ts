import { describe, expect, it } from 'vitest';
import { findNode, isNewEnough } from '../../src/backend/node-program.js';

const none = () => Promise.reject(new Error('ENOENT'));

describe('findNode', () => {
  it("takes the editor's own where that is new enough", async () => {
    expect(await findNode({ editorPath: '/opt/code', editorVersion: '24.1.0', versionOf: none })).toEqual({ path: '/opt/code', version: '24.1.0', env: { ELECTRON_RUN_AS_NODE: '1' }, source: 'editor' });
  });

  it("goes on to the PATH where the editor's is too old", async () => {
    expect(await findNode({ editorPath: '/opt/code', editorVersion: '22.15.1', versionOf: async () => 'v22.19.0' })).toMatchObject({ path: 'node', source: 'system', env: {} });
  });

  it('says for each why it cannot be used', async () => {
    const found = await findNode({ editorPath: '/opt/code', editorVersion: '20.9.0', versionOf: async () => 'v18.1.0' });
    expect(found).toEqual({ reasons: [expect.stringContaining("the editor's own Node.js is version 20.9.0"), expect.stringContaining('node on the PATH is version 18.1.0')] });
    expect(await findNode({ editorPath: '/opt/code', editorVersion: '20.9.0', versionOf: none })).toMatchObject({ reasons: [expect.any(String), 'there is no node on the PATH'] });
  });

  it('takes what the setting names, or nothing', async () => {
    const search = { asked: '/my/node', editorPath: '/opt/code', editorVersion: '24.0.0' };
    expect(await findNode({ ...search, versionOf: async () => 'v22.20.0' })).toMatchObject({ path: '/my/node', source: 'setting' });
    expect(await findNode({ ...search, versionOf: async () => 'v22.1.0' })).toEqual({ reasons: [expect.stringContaining('/my/node (caisson.node) is version 22.1.0')] });
    expect(await findNode({ ...search, versionOf: none })).toEqual({ reasons: ['/my/node (setting caisson.node) cannot be run'] });
  });

  it('asks a real program for its version', async () => {
    expect(await findNode({ asked: process.execPath, editorPath: '', editorVersion: '0.0.0' })).toMatchObject({ path: process.execPath, version: process.version });
    expect(await findNode({ asked: '/nowhere/node', editorPath: '', editorVersion: '0.0.0' })).toHaveProperty('reasons');
  });

  it.each([['v22.19.0', true], ['22.18.9', false], ['23.0.0', true], ['v9.0', false], ['nonsense', false], ['', false]])('%s: %s', (version, enough) => {
    expect(isNewEnough(version)).toBe(enough);
  });
});
