import { h } from '../page.js';

const escape = String.fromCharCode(27);
const sequence = new RegExp(`${escape}\\[([\\d;]*)([A-Za-z])`, 'g');

/** Text with a terminal's colours, as elements with the classes `fg31`, `bold` and so on. Other sequences are left out; of a line that was written over, the last stays. */
export function coloured(text: string): Node[] {
  const nodes: Node[] = [];
  let classes = new Set<string>();
  let from = 0;
  const clean = text.replace(/[^\n]*\r(?!\n)/g, '');
  const push = (end: number) => {
    const piece = clean.slice(from, end);
    if (piece !== '') nodes.push(classes.size === 0 ? document.createTextNode(piece) : h('span', { class: [...classes].join(' ') }, piece));
  };
  for (const match of clean.matchAll(sequence)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') classes = applied(classes, (match[1] ?? '').split(';').map(Number));
  }
  push(clean.length);
  return nodes;
}

function applied(before: ReadonlySet<string>, codes: readonly number[]): Set<string> {
  let now = new Set(before);
  for (const code of codes) {
    if (code === 0) now = new Set();
    else if (code === 1) now.add('bold');
    else if (code === 2) now.add('dim');
    else if (code === 22) for (const name of ['bold', 'dim']) now.delete(name);
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97) || code === 39) {
      for (const name of now) if (name.startsWith('fg')) now.delete(name);
      if (code !== 39) now.add(`fg${code >= 90 ? code - 60 : code}`);
    }
  }
  return now;
}
