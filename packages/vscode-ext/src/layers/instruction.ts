/** What a builder wrote into the history, as the instruction that a person wrote: without shells, comments of builders and hashes of files. */
export function instructionText(createdBy: string): string {
  let text = createdBy.trim().replace(/\s+# buildkit$/, '');
  // docker's old builder: `/bin/sh -c #(nop)  CMD ["sh"]`, and `/bin/sh -c apt-get update` for RUN.
  const nop = /^\/bin\/sh -c #\(nop\)\s*(.*)$/s.exec(text);
  if (nop) text = nop[1] ?? '';
  else if (text.startsWith('/bin/sh -c ')) text = `RUN ${text.slice('/bin/sh -c '.length)}`;
  // BuildKit: `RUN |1 VERSION=2 /bin/sh -c make`.
  text = text.replace(/^RUN (?:\|\d+ (?:\S+=(?:"[^"]*"|\S*) )*)?\/bin\/sh -c /s, 'RUN ');
  // docker's old builder, of COPY and ADD: `file:SHA256 in /app/`.
  text = text.replace(/^(COPY|ADD) (.*\s)?(?:file|dir|multi):[0-9a-f]{64} in /s, '$1 $2… ');
  return text.replace(/\s+/g, ' ').trim();
}

/** The keyword alone, in capitals: `RUN`. Empty where the history does not begin with one. */
export function keywordOf(instruction: string): string {
  return /^([A-Z]{2,})\b/.exec(instruction)?.[1] ?? '';
}
