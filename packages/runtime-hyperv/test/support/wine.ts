import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { missingPackages, setUpWine } from '../../scripts/set-up-wine.mjs';

const root = new URL('../../../..', import.meta.url).pathname;

export interface CaseResult {
  readonly name: string;
  readonly milliseconds: number;
  /** Absent where it passed. */
  readonly error?: string;
}

/** Why the suites that need Wine cannot run here; undefined where they can. */
export function whyNoWine(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Wine’s node.exe needs Linux on x64';
  const missing = missingPackages();
  return missing.length > 0 ? `these Debian packages are missing: ${missing.join(' ')}` : undefined;
}

/**
 * Runs one suite of test/wine/suites.ts in a node.exe under Wine, on a simulated host of its own, and gives what became of each case. The
 * program is bundled from the sources first.
 */
export async function runUnderWine(suite: string, limit = 900_000, only: readonly string[] = []): Promise<{ readonly results: ReadonlyMap<string, CaseResult>; readonly said: string; readonly violations: string }> {
  const wine = setUpWine();
  const folder = mkdtempSync(join(tmpdir(), 'caisson-hyperv-'));
  try {
    await bundle(folder);
    symlinkSync(wine.modules, join(folder, 'node_modules'));
    const host = join(folder, 'host');
    mkdirSync(join(host, 'systems'), { recursive: true });
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      WINEPREFIX: wine.prefix,
      WINEDEBUG: '-all',
      SIMULATED_HOST: windowsPath(host),
      CAISSON_TEST_LIBRARY: windowsPath(wine.library),
      CAISSON_TEST_RESULTS: windowsPath(join(folder, 'results.jsonl')),
      CAISSON_TEST_FOLDER: windowsPath(folder),
    };
    const said = await run(wine.loader, [wine.node, windowsPath(join(folder, 'suites.mjs')), suite, ...only], env, folder, limit);
    const results = lines(join(folder, 'results.jsonl')).map((line) => JSON.parse(line) as CaseResult);
    return { results: new Map(results.map((result) => [result.name, result])), said, violations: lines(join(host, 'violations.log')).join('\n') };
  } finally {
    endLeftOver(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A suite that was cut short leaves monitors, which outlive it: they are told by the suite's own folder. */
function endLeftOver(folder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(windowsPath(folder))) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Wine shows the file system as drive Z:. */
function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: { suites: join(root, 'packages/runtime-hyperv/test/wine/suites.ts'), helper: join(root, 'packages/runtime-hyperv/src/main.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Else modules that are imported dynamically, and all they import, are made when they are first used, in an order of their own.
    splitting: true,
    target: 'node22',
    sourcemap: 'inline',
    external: ['koffi'],
    alias: { '@caisson/core/testing': join(root, 'packages/core/src/testing/index.ts'), ...Object.fromEntries(['core', 'builder', 'dockerfile'].map((name) => [`@caisson/${name}`, join(root, `packages/${name}/src/index.ts`)])) },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'error',
  });
}

/** Standard streams on Unix pipes mean nothing to node.exe under Wine: they go to files. */
function run(loader: string, args: readonly string[], env: Record<string, string>, folder: string, limit: number): Promise<string> {
  const output = join(folder, 'output.log');
  return new Promise((resolve, reject) => {
    const quoted = [loader, ...args].map((arg) => `'${arg.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    const child = spawn('sh', ['-c', `exec ${quoted} </dev/null >output.log 2>&1`], { env, cwd: folder, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(lines(output).join('\n'));
    });
  });
}
