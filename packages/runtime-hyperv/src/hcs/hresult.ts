/** HRESULTs that are told apart (hcsshim: internal/hcs/errors.go; winerror.h). Unsigned. */
export const hresult = {
  ok: 0,
  pending: 0xc0370103,
  notFound: 0xc037010e,
  alreadyExists: 0xc037010f,
  alreadyStopped: 0xc0370110,
  unexpectedExit: 0xc0370106,
  timeout: 0x800705b4,
  elementNotFound: 0x80070490,
  accessDenied: 0x80070005,
  fileNotFound: 0x80070002,
  pathNotFound: 0x80070003,
  invalidState: 0xc0370105,
  notSupported: 0x80070032,
  serviceDown: 0x800706ba,
} as const;

/** What each of them means, by the unsigned number. */
const meanings: ReadonlyMap<number, string> = new Map([
  [0xc0370100, 'the virtual machine or container exited unexpectedly'],
  [0xc0370101, 'the container’s operating system does not match the host’s'],
  [0xc0370102, 'the utility VM could not be started, or gave up'],
  [hresult.pending, 'the operation is still going on'],
  [0xc0370104, 'another operation is going on'],
  [hresult.invalidState, 'the container is not in a state for it'],
  [hresult.unexpectedExit, 'the container exited unexpectedly'],
  [0xc0370107, 'the operation was refused'],
  [0xc0370109, 'the connection with the container was broken'],
  [0xc037010a, 'the host compute service does not know the message'],
  [0xc037010b, 'the document is not of a version that the host compute service supports'],
  [0xc037010c, 'the host compute service got an invalid document'],
  [0xc037010d, 'the document has a value of the wrong type'],
  [hresult.notFound, 'there is no such container'],
  [hresult.alreadyExists, 'there is a container of that name already'],
  [hresult.alreadyStopped, 'the container has been stopped already'],
  [0xc0370112, 'the document is not valid JSON'],
  [0xc0370113, 'the container did not answer in time'],
  [0x80004005, 'unspecified failure'],
  [hresult.accessDenied, 'access denied'],
  [hresult.fileNotFound, 'a file is not there'],
  [hresult.pathNotFound, 'a path is not there'],
  [0x80070015, 'the device is not ready'],
  [0x80070020, 'a file is in use'],
  [hresult.notSupported, 'not supported'],
  [0x80070057, 'an argument is wrong'],
  [0x80070070, 'the disk is full'],
  [0x8007007b, 'a name has characters that are not allowed'],
  [0x800700a1, 'a path is malformed'],
  [0x8007010b, 'the working directory is not there'],
  [0x80070422, 'the service is disabled'],
  [0x80070424, 'the service is not installed'],
  [0x80070426, 'the service does not run'],
  [hresult.elementNotFound, 'not found'],
  [hresult.timeout, 'it took too long'],
  [0x800706ba, 'the host compute service does not answer'],
  [0x8007052e, 'the user name or password is wrong'],
  [0x80070534, 'the user is not known in the container'],
  [0x80070542, 'a needed privilege is missing'],
  [0x80070522, 'a needed privilege is missing'],
  [0x803b0013, 'an HNS network of that name or subnet is there already'],
  [0x803b0014, 'the port is taken already'],
  [0x80370110, 'the hypervisor does not run'],
]);

/** `0xc037010e`. */
export function hex(code: number): string {
  return `0x${(code >>> 0).toString(16).padStart(8, '0')}`;
}

export function describe(code: number): string {
  const meaning = meanings.get(code >>> 0);
  return meaning === undefined ? hex(code) : `${meaning} (${hex(code)})`;
}

/** The program of a process that could not be created was not found: file or path not found. */
export function isNoProgram(code: number): boolean {
  return code >>> 0 === hresult.fileNotFound || code >>> 0 === hresult.pathNotFound;
}
