// Runs the suite of the extension host in a desktop VS Code, which is downloaded: on machines that can. Elsewhere code-server does the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';

const extension = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'caisson-desktop-'));
writeFileSync(join(folder, 'Dockerfile'), 'FROM localhost/busybox:1\nMAINTAINER joe\nRUN cd /tmp\n');
try {
  await runTests({ extensionDevelopmentPath: extension, extensionTestsPath: join(extension, 'dist/test/suite.cjs'), launchArgs: [folder, '--disable-extensions', '--disable-workspace-trust'] });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
