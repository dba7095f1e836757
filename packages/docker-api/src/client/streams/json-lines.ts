import { CaissonError } from '@caisson/core';
import { StringDecoder } from 'node:string_decoder';

const maxLine = 16 * 1024 * 1024;

/** The documents of a stream that has one a line. @throws CaissonError `invalid-content` */
export async function* jsonLines<T>(source: AsyncIterable<Uint8Array>): AsyncGenerator<T, void> {
  const decoder = new StringDecoder('utf8');
  const rest: string[] = [];
  let length = 0;
  for await (const piece of source) {
    const lines = decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)).split('\n');
    for (const [place, text] of lines.entries()) {
      rest.push(text);
      length += text.length;
      if (length > maxLine) throw new CaissonError('invalid-content', "a line of the engine's stream is too long");
      if (place === lines.length - 1) break;
      yield* parse<T>(rest.join(''));
      rest.length = 0;
      length = 0;
    }
  }
  yield* parse<T>(rest.join('') + decoder.end());
}

function* parse<T>(line: string): Generator<T, void> {
  if (line.trim() === '') return;
  try {
    yield JSON.parse(line) as T;
  } catch (cause) {
    // Some servers put documents one behind the other without a line's end.
    const parts = line.trim().split(/(?<=\})\s*(?=\{")/);
    if (parts.length < 2) throw new CaissonError('invalid-content', "a line of the engine's stream is not JSON", { cause });
    for (const part of parts) yield* parse<T>(part);
  }
}
