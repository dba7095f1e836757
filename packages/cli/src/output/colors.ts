import picocolors from 'picocolors';

const { createColors } = picocolors;

/** Colours for this stream: on a terminal that is not dumb, unless NO_COLOR asks for none. */
export function colors(stream: NodeJS.WriteStream) {
  return createColors(stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb');
}
