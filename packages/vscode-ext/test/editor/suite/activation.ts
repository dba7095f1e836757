import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { commands, extensions } from 'vscode';

const extension = () => {
  const found = extensions.getExtension('caisson.caisson-vscode');
  assert.ok(found);
  return found;
};

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

describe('activation', () => {
  it('waits for a Dockerfile or a view', () => {
    assert.equal(extension().isActive, false);
  });

  it('succeeds', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('knows all commands of the manifest', async () => {
    const known = new Set(await commands.getCommands(true));
    const { contributes } = extension().packageJSON as Manifest;
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
  });
});
