import { CaissonError, type ErrorCode } from '@caisson/core';
import { describe, hresult } from './hresult.js';

/** What the host compute service says besides an HRESULT. */
interface ResultDocument {
  readonly Error?: number;
  readonly ErrorMessage?: string;
  readonly ErrorEvents?: readonly { readonly Message?: string; readonly Provider?: string; readonly EventId?: number }[];
}

const codes: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [hresult.notFound, 'not-found'],
  [hresult.alreadyExists, 'already-exists'],
  [hresult.alreadyStopped, 'in-use'],
  [hresult.accessDenied, 'denied'],
  [hresult.notSupported, 'unsupported'],
  [0x80070070, 'no-space'],
  [0x80070422, 'missing-dependency'],
  [0x80070424, 'missing-dependency'],
  [0x80070426, 'unavailable'],
  [hresult.serviceDown, 'unavailable'],
]);

const hints: ReadonlyMap<number, string> = new Map([
  [hresult.accessDenied, 'run it as an administrator, or as a member of Hyper-V Administrators'],
  [0x80070542, 'run it as an administrator'],
  [0x80070522, 'run it as an administrator'],
  [0x80070424, 'turn the Windows feature Containers on, and start the machine anew'],
  [0x80370110, 'turn the Windows feature Hyper-V on, and virtualization in the firmware'],
  [0xc0370101, 'choose an image of the host’s Windows version, or --isolation hyperv'],
]);

/**
 * A call that failed, as an error. `details.hresult` is the code, unsigned; the service's own messages are in `details.events`.
 * @param doing such as `creating the container 4f1c`
 */
export function hcsError(code: number, result: string | undefined, doing: string): CaissonError {
  const unsigned = code >>> 0;
  const document = parseResult(result);
  const events = (document.ErrorEvents ?? []).flatMap((event) => (typeof event?.Message === 'string' ? [oneLine(event.Message)] : []));
  const said = events[0] ?? (document.ErrorMessage ? oneLine(document.ErrorMessage) : undefined);
  const hint = hints.get(unsigned);
  return new CaissonError(codes.get(unsigned) ?? 'runtime-failed', `${doing} failed: ${describe(unsigned)}${said ? `: ${said}` : ''}`, {
    details: { hresult: unsigned, ...(events.length > 0 ? { events } : {}) },
    ...(hint ? { hint } : {}),
  });
}

/** The HRESULT that an error stands for, if it stands for one. */
export function hresultOf(error: unknown): number | undefined {
  const code = error instanceof CaissonError ? error.details?.['hresult'] : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** The service sometimes gives no document, or one that is cut short: then there is just less to say. */
function parseResult(result: string | undefined): ResultDocument {
  if (result === undefined || result === '') return {};
  try {
    const parsed: unknown = JSON.parse(result);
    return typeof parsed === 'object' && parsed !== null ? (parsed as ResultDocument) : {};
  } catch {
    return { ErrorMessage: result };
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 500);
}
