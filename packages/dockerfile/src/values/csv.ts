import { DockerfileError } from '../source.js';

/**
 * One record of comma-separated values; a field may be quoted with `""` for a quote inside.
 * @throws DockerfileError `flag-value`
 */
export function parseCsvRecord(text: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text.charAt(at) === '"') {
      let value = '';
      for (;;) {
        const close = text.indexOf('"', at + 1);
        if (close < 0) throw new DockerfileError('flag-value', 'a quoted field does not end', { hint: 'close the quote' });
        value += text.slice(at + 1, close);
        at = close + 1;
        if (text.charAt(at) !== '"') break;
        value += '"';
      }
      if (at < text.length && text.charAt(at) !== ',') throw new DockerfileError('flag-value', 'a quoted field goes on after its closing quote');
      fields.push(value);
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      const value = text.slice(at, end);
      if (value.includes('"')) throw new DockerfileError('flag-value', 'a quote stands in the middle of an unquoted field');
      fields.push(value);
      at = end;
    }
    if (at >= text.length) return fields;
    at++;
  }
}
