import { styleText } from 'node:util';

export type Paint = (text: string | number) => string;

/** Colours for this stream: on a terminal that is not dumb, unless NO_COLOR asks for none. */
export function colors(stream: NodeJS.WriteStream): Readonly<Record<'red' | 'green' | 'yellow' | 'cyan' | 'blue' | 'magenta' | 'dim' | 'bold', Paint>> {
  const on = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const paint = (style: Parameters<typeof styleText>[0]): Paint => (on ? (text) => styleText(style, String(text), { validateStream: false }) : String);
  return { red: paint('red'), green: paint('green'), yellow: paint('yellow'), cyan: paint('cyan'), blue: paint('blue'), magenta: paint('magenta'), dim: paint('dim'), bold: paint('bold') };
}
