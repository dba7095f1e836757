import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, describe, it } from 'mocha';
import { commands, languages, Position, Selection, Uri, window, workspace, type CodeLens, type CompletionList, type Diagnostic, type Hover, type TextDocument } from 'vscode';

/** Asks again until there is an answer: the server starts after the document is opened. */
async function until<T>(ask: () => T | Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 90_000;
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    if (Date.now() > end) throw new Error(`in vain; at last ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}

describe('language', () => {
  let document: TextDocument;

  before(async () => {
    const [folder] = workspace.workspaceFolders ?? [];
    assert.ok(folder);
    document = await workspace.openTextDocument(Uri.joinPath(folder.uri, 'Dockerfile'));
    await window.showTextDocument(document);
  });

  it('shows what is wrong, with a link to the rule', async () => {
    const found = await until<readonly Diagnostic[]>(() => languages.getDiagnostics(document.uri), (list) => list.length > 0);
    const deprecated = found.find(({ code }) => typeof code === 'object' && code.value === 'MaintainerDeprecated');
    assert.equal(deprecated?.source, 'caisson');
  });

  it('offers instructions', async () => {
    const { items } = await commands.executeCommand<CompletionList>('vscode.executeCompletionItemProvider', document.uri, new Position(document.lineCount - 1, 0));
    assert.ok(items.some(({ label, detail }) => label === 'COPY' && detail?.startsWith('Copies files')));
  });

  it('explains instructions', async () => {
    const hovers = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', document.uri, new Position(0, 1));
    const said = hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)));
    assert.ok(said.some((one) => one.startsWith('Begins a stage')));
  });

  it('has lenses to build and run', async () => {
    const lenses = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', document.uri);
    assert.deepEqual(lenses.map(({ command }) => command?.command), ['caisson.build', 'caisson.run']);
    const known = await commands.getCommands(true);
    for (const { command } of lenses) assert.ok(known.includes(command?.command ?? ''), command?.command);
  });

  it('indents the line below a continued one', async () => {
    const draft = await workspace.openTextDocument({ language: 'dockerfile', content: 'FROM a\nRUN x \\' });
    const editor = await window.showTextDocument(draft);
    const end = draft.lineAt(1).range.end;
    editor.selection = new Selection(end, end);
    await commands.executeCommand('type', { text: '\n' });
    await commands.executeCommand('type', { text: '&& y' });
    await commands.executeCommand('editor.action.commentLine');
    // Comments are still those of the editor's own configuration of the language.
    assert.equal(draft.getText(), 'FROM a\nRUN x \\\n    # && y');
    await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('knows ignore files by either name', async () => {
    const [folder] = workspace.workspaceFolders ?? [];
    assert.ok(folder);
    for (const name of ['.dockerignore', 'Dockerfile.dockerignore']) {
      const uri = Uri.joinPath(folder.uri, name);
      await workspace.fs.writeFile(uri, Buffer.from('[a-\n'));
      const ignore = await workspace.openTextDocument(uri);
      assert.equal(ignore.languageId, 'ignore');
      const [found] = await until<readonly Diagnostic[]>(() => languages.getDiagnostics(uri), (list) => list.length > 0);
      assert.equal(found?.code, 'ignore/pattern');
      await workspace.fs.delete(uri);
    }
  });

  it('shows what a build would send', async () => {
    await commands.executeCommand('caisson.showBuildContext', document.uri);
    const shown = await until(() => window.activeTextEditor?.document, (one) => one?.uri.scheme === 'caisson-context');
    assert.match(shown?.getText() ?? '', /A build would send \d+ files?, .*\n[\s\S]* Dockerfile\n/);
  });
});
