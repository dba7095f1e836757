/** Lines as a terminal wants them: with a return before each line feed that has none. */
export function toTerminal(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

// Where the cursor is (`ESC [ row ; column R`), and what the terminal is (`ESC [ ? … c`).
const reply = new RegExp(`${String.fromCharCode(27)}\\[\\??\\d*(?:;\\d+)*[Rc]`, 'g');

/**
 * A terminal's input without what the terminal itself answers to questions in old output: a shell that is joined late would take the
 * answers for typed text.
 */
export function withoutReplies(data: string): string {
  return data.replace(reply, '');
}

/** Colours that are easy to tell apart on light and dark, for the names of several sources of log lines. */
export const sourceColors = ['36', '33', '32', '35', '34', '31'] as const;

/** `12:03:59.123`, of an RFC 3339 time, in the local zone. */
export function timeOfDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
