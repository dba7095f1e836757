import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { commands, ConfigurationTarget, tasks, Uri, workspace } from 'vscode';

const settings = () => workspace.getConfiguration('caisson');

describe('without a usable backend', () => {
  before(() => settings().update('path', '/nowhere/caisson.cjs', ConfigurationTarget.Global));
  after(() => settings().update('path', undefined, ConfigurationTarget.Global));

  it('shows views, and stays quiet', async () => {
    await commands.executeCommand('caisson.images.focus');
    await commands.executeCommand('caisson.images.refresh');
  });

  it('says of files of containers that they are not there', async () => {
    await assert.rejects(async () => workspace.fs.readFile(Uri.parse('caisson-container:/web/etc/hosts')));
    await assert.rejects(async () => workspace.fs.readFile(Uri.parse(`caisson:/${'ab'.repeat(32)}/all/etc/hosts`)));
  });

  it('lets nobody write into an image', () => {
    assert.equal(workspace.fs.isWritableFileSystem('caisson'), false);
    assert.equal(workspace.fs.isWritableFileSystem('caisson-container'), true);
  });
});

describe('tasks', () => {
  it('are there for each Dockerfile of the workspace', async () => {
    const found = await tasks.fetchTasks({ type: 'caisson-build' });
    assert.deepEqual(
      found.map(({ definition, problemMatchers }) => [definition['dockerfile'], problemMatchers]),
      [['Dockerfile', ['$caisson-build']]],
    );
    assert.ok(existsSync(Uri.joinPath(workspace.workspaceFolders?.[0]?.uri ?? Uri.file('/'), 'Dockerfile').fsPath));
  });
});
