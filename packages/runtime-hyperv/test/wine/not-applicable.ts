/** Cases of the runtime suite that do not apply to Windows containers, and why. */
export const notApplicable: ReadonlyMap<string, string> = new Map([
  ['limits are changed while it runs', 'schema 1 of the host compute service sets limits when a container is created, and docker refuses to change them as well'],
  ['a container that runs out of memory says so', 'Windows has no out-of-memory killer: an allocation fails, and the program goes on or ends as it likes'],
  ['a limit on processes holds', 'Windows containers have no limit on processes; that one is refused is tested in document/unsupported.test.ts'],
  ['it runs as the user it is told to', 'the case names a user by number; users of Windows have names, see faults-cases.ts'],
]);
