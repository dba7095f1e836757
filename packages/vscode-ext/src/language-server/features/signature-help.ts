import type { Position, SignatureHelp, SignatureInformation } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { cursorAt } from '../dockerfile/cursor.js';
import { instructionDoc } from '../reference/instructions.js';
import { mountKeys } from '../reference/mounts.js';
import type { InstructionDoc, Signature } from '../reference/reference.js';

/** The ways to write the instruction under the cursor, and which part of it is being written. */
export function signatureHelp(analysis: Analysis, position: Position): SignatureHelp | undefined {
  const cursor = cursorAt(analysis, analysis.document.offsetAt(position));
  if (cursor.where === 'flag-value' && cursor.instruction.name === 'RUN' && cursor.flag === 'mount') return mountHelp(cursor.text);
  if (cursor.where !== 'argument' && cursor.where !== 'flag-name') return undefined;
  const doc = instructionDoc(cursor.instruction.name);
  if (!doc) return undefined;
  const shown = doc.signatures.map((signature) => information(doc, signature));
  const json = cursor.rest.startsWith('[');
  const chosen = Math.max(0, json ? doc.signatures.findIndex(({ parameters }) => parameters[0]?.label.startsWith('[')) : cursor.rest.startsWith('<<') ? doc.signatures.findIndex(({ parameters }) => parameters[0]?.label.startsWith('<<')) : 0);
  const { parameters = [] } = doc.signatures[chosen] ?? {};
  const flags = doc.flags.length > 0 ? 1 : 0;
  // The words of a shell's line are no parameters: a help that comes up with each of them is in the way.
  if (cursor.where === 'argument' && cursor.index > 0 && parameters[0]?.label === 'COMMAND') return undefined;
  // Of `SOURCE… DESTINATION` the last parameter is not known to be the last word before another one follows.
  const index = cursor.where === 'flag-name' ? 0 : flags + Math.min(cursor.index, parameters.length - 1);
  return { signatures: shown, activeSignature: chosen, activeParameter: Math.max(0, index) };
}

function information(doc: InstructionDoc, { parameters }: Signature): SignatureInformation {
  const all = [...(doc.flags.length > 0 ? [{ label: '[FLAGS]', summary: doc.flags.map(({ name }) => `--${name}`).join(' ') }] : []), ...parameters];
  return {
    label: [doc.name, ...all.map(({ label }) => label)].join(' '),
    documentation: doc.summary,
    parameters: all.map(({ label, summary }) => ({ label, documentation: summary })),
  };
}

/** The keys that the type of mount takes. */
function mountHelp(text: string): SignatureHelp {
  const type = /(?:^|,)type=(\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'bind';
  const keys = mountKeys.filter(({ types }) => types.includes(type));
  const current = (text.split(',').at(-1) ?? '').split('=')[0];
  const labels = keys.map(({ name, bare }) => (bare ? name : `${name}=${name === 'type' ? type : '…'}`));
  return {
    signatures: [{ label: `--mount=${labels.join(',')}`, parameters: keys.map(({ summary }, index) => ({ label: labels[index] ?? '', documentation: summary })) }],
    activeSignature: 0,
    activeParameter: Math.max(0, keys.findIndex(({ name, aliases }) => name === current || aliases?.includes(current ?? '') === true)),
  };
}
