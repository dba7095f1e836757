// What the language server of the extension does for one keystroke in a Dockerfile of 500 lines, in milliseconds: its processor time (the machine
// may be busy with other things), and the time until the answer, for each question that an editor asks after a keystroke.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import rpc from 'vscode-languageserver/node';

const bundle = fileURLToPath(new URL('../packages/vscode-ext/dist/language-server.cjs', import.meta.url));
const ticksPerSecond = 100;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const at = (numbers, share) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? 0;

/** 500 lines of real files, one after the other, as stages of one file. */
function text() {
  const cases = new URL('../packages/dockerfile/test/cases/', import.meta.url);
  const real = readdirSync(cases).filter((name) => name.startsWith('real-')).map((name) => readFileSync(new URL(`${name}/Dockerfile`, cases), 'utf8').trim());
  const lines = [];
  while (lines.length < 500) lines.push(...real.join('\n\n').split('\n'));
  return `${lines.slice(0, 500).join('\n')}\n`;
}

/** Milliseconds of processor time that a process has used; hundredths of a second are all that the kernel tells. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
}

export async function run() {
  if (!existsSync(bundle)) throw new Error('the extension is not built');
  const folder = mkdtempSync(join(tmpdir(), 'caisson-bench-lsp-'));
  const child = spawn(process.execPath, [bundle, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = rpc.createProtocolConnection(new rpc.StreamMessageReader(child.stdout), new rpc.StreamMessageWriter(child.stdin));
  const published = [];
  connection.onNotification('textDocument/publishDiagnostics', ({ version }) => published.push({ version, at: performance.now() }));
  connection.listen();
  try {
    const started = performance.now();
    await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'bench' }], capabilities: {} });
    await connection.sendNotification('initialized', {});
    console.log(`  start until ready: ${(performance.now() - started).toFixed(0)} ms`);
    const uri = pathToFileURL(join(folder, 'Dockerfile')).href;
    const content = text();
    await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'dockerfile', version: 1, text: content } });
    await keystrokes(connection, uri, content, child.pid, published);
  } finally {
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    connection.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function keystrokes(connection, uri, content, pid, published) {
  const lines = content.split('\n');
  const line = lines.findIndex((one, index) => index > 250 && one.startsWith('RUN '));
  const textDocument = { uri };
  const whole = { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };
  let version = 1;
  const type = (character, char) => connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: ++version }, contentChanges: [{ range: { start: { line, character }, end: { line, character } }, text: char }] });
  const questions = {
    completion: (position) => ['textDocument/completion', { textDocument, position }],
    'semantic tokens': () => ['textDocument/semanticTokens/full', { textDocument }],
    'document symbols': () => ['textDocument/documentSymbol', { textDocument }],
    'inlay hints': () => ['textDocument/inlayHint', { textDocument, range: whole }],
    folding: () => ['textDocument/foldingRange', { textDocument }],
    highlights: (position) => ['textDocument/documentHighlight', { textDocument, position }],
  };
  const rounds = 200;
  for (let round = 0; round < 100; round++) await asked(connection, type, questions, round);

  console.log(`  one keystroke in a file of ${lines.length - 1} lines (${(content.length / 1000).toFixed(0)} kB):`);
  for (const [name, question] of Object.entries(questions)) {
    const times = [];
    const before = cpu(pid);
    for (let round = 0; round < rounds; round++) times.push(await asked(connection, type, { [name]: question }, round));
    console.log(`    ${name.padEnd(18)} ${median(times).toFixed(1)} ms, 95 of 100 within ${at(times, 0.95).toFixed(1)} ms, processor ${((cpu(pid) - before) / rounds).toFixed(1)} ms`);
  }

  // Linting waits until nothing has been typed for a moment; its own work is what counts.
  const lints = 30;
  const until = [];
  const before = cpu(pid);
  for (let round = 0; round < lints; round++) {
    published.length = 0;
    const started = performance.now();
    await type(4, 'x');
    const wanted = version;
    for (;;) {
      const found = published.find((one) => one.version === wanted);
      if (found) {
        until.push(found.at - started);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  console.log(`    ${'diagnostics'.padEnd(18)} ${median(until).toFixed(1)} ms with the pause before, processor ${((cpu(pid) - before) / lints).toFixed(1)} ms`);

  /** Types one character and asks; milliseconds until all answers are there. */
  async function asked(to, press, asks, round) {
    const started = performance.now();
    await press(4 + (round % 10), 'x');
    await Promise.all(Object.values(asks).map((question) => to.sendRequest(...question({ line, character: 5 + (round % 10) }))));
    return performance.now() - started;
  }
}
