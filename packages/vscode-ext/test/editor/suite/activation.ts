import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { extensions } from 'vscode';

describe('activation', () => {
  it('waits for a Dockerfile or a view', () => {
    const extension = extensions.getExtension('caisson.caisson-vscode');
    assert.ok(extension);
    assert.equal(extension.isActive, false);
  });

  it('succeeds', async () => {
    const extension = extensions.getExtension('caisson.caisson-vscode');
    await extension?.activate();
    assert.equal(extension?.isActive, true);
  });
});
