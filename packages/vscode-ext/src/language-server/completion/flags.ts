import type { Flag, Instruction } from '@caisson/dockerfile';
import { CompletionItemKind } from 'vscode-languageserver';
import type { Span } from '../positions.js';
import { instructionDoc } from '../reference/instructions.js';
import { mountKeys, mountTypes } from '../reference/mounts.js';
import type { KeyDoc } from '../reference/reference.js';
import type { Proposal } from './item.js';

/** Flags of the instruction that are not given yet, or may be given again. */
export function flagNames(instruction: Instruction): Proposal[] {
  const given = new Set(instruction.flags.filter(({ value }) => value !== undefined).map(({ name }) => name));
  return (instructionDoc(instruction.name)?.flags ?? [])
    .filter(({ name, repeatable }) => repeatable || !given.has(name))
    .map(({ name, value, summary, values }) => ({
      label: `--${name}`,
      insert: value === undefined ? `--${name}` : `--${name}=`,
      kind: CompletionItemKind.Property,
      ...(value !== undefined && { detail: `=${value}` }),
      documentation: summary,
      rank: 1,
      goOn: values !== undefined || name === 'from',
    }));
}

/** Values that the reference lists for a flag. */
export function flagValues(instruction: Instruction, name: string): Proposal[] {
  const doc = instructionDoc(instruction.name)?.flags.find((one) => one.name === name);
  const values = doc?.values ?? (doc && doc.value === undefined ? ['true', 'false'] : []);
  return values.map((value, index) => ({ label: value, kind: CompletionItemKind.Value, rank: Math.min(index, 9), ...(doc && { documentation: doc.summary }) }));
}

/** Where in the value of a mount flag the cursor is. */
export interface MountCursor {
  /** Undefined while the key is being written. */
  readonly key?: KeyDoc;
  readonly text: string;
  readonly span: Span;
}

export function mountCursor(text: string, start: number): MountCursor {
  const comma = text.lastIndexOf(',') + 1;
  const field = text.slice(comma);
  const equals = field.indexOf('=');
  const end = start + text.length;
  if (equals < 0) return { text: field, span: { start: start + comma, end } };
  const name = field.slice(0, equals).toLowerCase();
  const key = mountKeys.find((one) => one.name === name || one.aliases?.includes(name));
  return { ...(key && { key }), text: field.slice(equals + 1), span: { start: start + comma + equals + 1, end } };
}

export function mountProposals(flag: Flag | undefined, cursor: MountCursor): Proposal[] {
  const given = new Set((flag?.value ?? '').split(',').map((field) => field.split('=')[0]));
  const type = /(?:^|,)type=(\w+)/i.exec(flag?.value ?? '')?.[1]?.toLowerCase();
  if (cursor.key?.name === 'type') return mountTypes.map(({ name, summary }) => ({ label: name, kind: CompletionItemKind.EnumMember, detail: summary, span: cursor.span, rank: 1 }));
  if (cursor.key) return (cursor.key.values ?? []).map((value) => ({ label: value, kind: CompletionItemKind.EnumMember, span: cursor.span, rank: 1 }));
  const keys = mountKeys
    .filter(({ name, types }) => !given.has(name) && (name !== 'type' ? types.includes(type ?? 'bind') : type === undefined))
    .map(({ name, bare, summary, values }): Proposal => ({ label: name, insert: bare ? name : `${name}=`, kind: CompletionItemKind.Property, detail: summary, span: cursor.span, rank: name === 'type' ? 0 : 2, goOn: values !== undefined || name === 'from' }));
  if (type !== undefined) return keys;
  const types = mountTypes.map(({ name, summary }): Proposal => ({ label: `type=${name}`, kind: CompletionItemKind.EnumMember, detail: summary, span: cursor.span, rank: 1 }));
  return [...keys, ...types];
}
