/** The bytes of an address of either family. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').flatMap((word) => (word.includes('.') ? [...addressBytes(word)] : [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff])));
  const [before, after] = [words(head), words(tail ?? '')];
  return Buffer.from([...before, ...Buffer.alloc(16 - before.length - after.length), ...after]);
}
