/** stat(2)'s types and Go's bits for them. */
const types: readonly (readonly [number, number])[] = [
  [0o040000, 0x80000000], // folder
  [0o120000, 0x08000000], // symbolic link
  [0o060000, 0x04000000], // device
  [0o010000, 0x02000000], // pipe
  [0o140000, 0x01000000], // socket
  [0o020000, 0x04200000], // character device
];

/** Go's os.FileMode of a mode as stat(2) has it: docker's API shows the former. */
export function goFileMode(mode: number): number {
  let bits = mode & 0o777;
  const type = types.find(([posix]) => (mode & 0o170000) === posix);
  if (type) bits += type[1];
  if (mode & 0o4000) bits += 0x00800000;
  if (mode & 0o2000) bits += 0x00400000;
  if (mode & 0o1000) bits += 0x00100000;
  return bits;
}

/** The other way round. */
export function posixMode(mode: number): number {
  let bits = mode & 0o777;
  const wanted = mode & 0x8f200000;
  const type = types.find(([, go]) => (go | 0) === (wanted | 0));
  bits |= type ? type[0] : 0o100000;
  if (mode & 0x00800000) bits |= 0o4000;
  if (mode & 0x00400000) bits |= 0o2000;
  if (mode & 0x00100000) bits |= 0o1000;
  return bits;
}
