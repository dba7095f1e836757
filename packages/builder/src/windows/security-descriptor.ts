/** Accounts by their SIDs ([MS-DTYP] 2.4.2.4, and those of Windows containers). */
export const sid = {
  system: 'S-1-5-18',
  administrators: 'S-1-5-32-544',
  users: 'S-1-5-32-545',
  creatorOwner: 'S-1-3-0',
  containerAdministrator: 'S-1-5-93-2-1',
  containerUser: 'S-1-5-93-2-2',
} as const;

interface AccessEntry {
  /** OBJECT_INHERIT 1, CONTAINER_INHERIT 2, INHERIT_ONLY 8. */
  readonly flags: number;
  readonly mask: number;
  readonly sid: string;
}

const fullAccess = 0x1f01ff;
const readAndExecute = 0x1200a9;
const genericAll = 0x10000000;

/** What BuildKit gives files: (A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU). */
const fileAccess: readonly AccessEntry[] = [
  { flags: 0, mask: fullAccess, sid: sid.system },
  { flags: 0, mask: fullAccess, sid: sid.administrators },
  { flags: 0, mask: readAndExecute, sid: sid.users },
];

/** And folders: the same, inherited; their creators own what users put there. */
const folderAccess: readonly AccessEntry[] = [
  { flags: 3, mask: fullAccess, sid: sid.system },
  { flags: 3, mask: fullAccess, sid: sid.administrators },
  { flags: 11, mask: genericAll, sid: sid.creatorOwner },
  { flags: 3, mask: readAndExecute, sid: sid.users },
  { flags: 2, mask: 4, sid: sid.users },
  { flags: 2, mask: 2, sid: sid.users },
];

/** A self-relative security descriptor ([MS-DTYP] 2.4.6) for a new file or folder. */
export function securityDescriptor(kind: 'file' | 'directory', owner: string = sid.administrators): Buffer {
  const [ownerSid, group] = [encodeSid(owner), encodeSid(sid.system)];
  const acl = encodeAcl([...(owner === sid.administrators ? [] : [{ flags: kind === 'file' ? 0 : 3, mask: fullAccess, sid: owner }]), ...(kind === 'file' ? fileAccess : folderAccess)]);
  const header = Buffer.alloc(20);
  header.writeUInt8(1, 0);
  header.writeUInt16LE(0x8004, 2); // self-relative, with a DACL
  header.writeUInt32LE(20, 4);
  header.writeUInt32LE(20 + ownerSid.length, 8);
  header.writeUInt32LE(20 + ownerSid.length + group.length, 16);
  return Buffer.concat([header, ownerSid, group, acl]);
}

function encodeAcl(entries: readonly AccessEntry[]): Buffer {
  const encoded = entries.map(({ flags, mask, sid: account }) => {
    const bytes = encodeSid(account);
    const entry = Buffer.alloc(8 + bytes.length);
    entry.writeUInt8(0, 0); // access allowed
    entry.writeUInt8(flags, 1);
    entry.writeUInt16LE(entry.length, 2);
    entry.writeUInt32LE(mask, 4);
    bytes.copy(entry, 8);
    return entry;
  });
  const header = Buffer.alloc(8);
  header.writeUInt8(2, 0);
  header.writeUInt16LE(8 + encoded.reduce((sum, entry) => sum + entry.length, 0), 2);
  header.writeUInt16LE(entries.length, 4);
  return Buffer.concat([header, ...encoded]);
}

function encodeSid(text: string): Buffer {
  const [, , authority = '0', ...parts] = text.split('-');
  const bytes = Buffer.alloc(8 + parts.length * 4);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUIntBE(Number(authority), 2, 6);
  for (const [place, part] of parts.entries()) bytes.writeUInt32LE(Number(part), 8 + place * 4);
  return bytes;
}
