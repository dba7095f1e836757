import { uint, type Request } from './netlink.js';

const RTM = { NEWROUTE: 24, NEWRULE: 32, DELRULE: 33 } as const;
const CREATE_EXCL = 0x400 | 0x200;
const CREATE_REPLACE = 0x400 | 0x100;
const AF_INET = 2;
const RTA = { OIF: 4, TABLE: 15 } as const;
const FRA = { FWMARK: 10, TABLE: 15 } as const;
/** The header's table, where an attribute tells. */
const RT_TABLE_COMPAT = 252;
const FR_ACT_TO_TBL = 1;

/** IPv4's default route of a routing table: the interface itself. It goes with the interface. */
export function routeOfTable(index: number, table: number): Request {
  const [STATIC, LINK, UNICAST] = [4, 253, 1];
  const header = Buffer.from([AF_INET, 0, 0, 0, RT_TABLE_COMPAT, STATIC, LINK, UNICAST, 0, 0, 0, 0]);
  return { what: 'route answers by an interface', type: RTM.NEWROUTE, flags: CREATE_REPLACE, body: Buffer.concat([header, uint(RTA.OIF, index), uint(RTA.TABLE, table)]), fine: [] };
}

/** What has the mark is routed by the table of that number. */
export const markRule = (mark: number): Request => rule('route by a mark', RTM.NEWRULE, CREATE_EXCL, mark, ['EEXIST']);

export const noMarkRule = (mark: number): Request => rule('route by a mark no more', RTM.DELRULE, 0, mark, ['ENOENT']);

function rule(what: string, type: number, flags: number, mark: number, fine: readonly string[]): Request {
  const header = Buffer.from([AF_INET, 0, 0, 0, RT_TABLE_COMPAT, 0, 0, FR_ACT_TO_TBL, 0, 0, 0, 0]);
  return { what, type, flags, body: Buffer.concat([header, uint(FRA.FWMARK, mark), uint(FRA.TABLE, mark)]), fine };
}
