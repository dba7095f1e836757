import type { OciProcess, OciSpec } from './oci.js';

/**
 * config.json, or the process of an exec, as text. A limit of -1 is none at all, which the OCI runtimes write as the largest number of 64 bits:
 * JavaScript's numbers round that, also where they have read it.
 */
export function ociJson(document: OciSpec | OciProcess): string {
  return JSON.stringify(document).replaceAll(/"(soft|hard)":(?:-1|18446744073709552000)(?=[,}])/g, '"$1":18446744073709551615');
}
