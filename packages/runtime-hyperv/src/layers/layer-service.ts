import { basename } from 'node:path/win32';
import type { LayerReference } from '../document/container-document.js';
import type { FunctionName } from '../hcs/signatures.js';
import type { VmCompute } from '../hcs/vmcompute.js';

/** A scratch layer and what it stands on. */
export interface LayerStack {
  /** Folder of the topmost layer. */
  readonly folder: string;
  /** Folders of its parents, topmost first. */
  readonly parents: readonly string[];
}

/** The filter driver; layers are told by their whole paths, so that it has no folder of its own. */
const driver = { flavour: 1, home: '' };

/** Layers through the filter driver (hcsshim: internal/wclayer). All calls are synchronous in the service, and may take seconds. */
export class LayerService {
  readonly #vmcompute: VmCompute;

  constructor(vmcompute: VmCompute) {
    this.#vmcompute = vmcompute;
  }

  /** Makes a writable layer: `folder` with a sandbox.vhdx in it. */
  async createScratch({ folder, parents }: LayerStack): Promise<void> {
    const layers = await this.#descriptors(parents);
    await this.#call(`making the scratch layer ${folder}`, 'CreateSandboxLayer', folder, 0, layers, layers.length);
  }

  /** Grows a scratch layer; bytes. */
  async expandScratch(folder: string, size: number): Promise<void> {
    await this.#call(`growing the scratch layer ${folder}`, 'ExpandSandboxSize', folder, size);
  }

  /** Takes what lies in `from`, in the transport format, into the layer. */
  async import({ folder, parents }: LayerStack, from: string): Promise<void> {
    const layers = await this.#descriptors(parents);
    await this.#call(`importing the layer ${folder}`, 'ImportLayer', folder, from, layers, layers.length);
  }

  /** Writes what the layer has of its own to `to`, in the transport format. It must not be mounted. */
  async export({ folder, parents }: LayerStack, to: string): Promise<void> {
    const layers = await this.#descriptors(parents);
    await this.#call(`exporting the layer ${folder}`, 'ExportLayer', folder, to, layers, layers.length);
  }

  /** Mounts a scratch layer; gives the path of its volume, `\\?\Volume{GUID}\`. What was mounted is undone when a step fails. */
  async mount({ folder, parents }: LayerStack): Promise<string> {
    const layers = await this.#descriptors(parents);
    await this.#call(`activating the layer ${folder}`, 'ActivateLayer', folder);
    try {
      await this.#call(`preparing the layer ${folder}`, 'PrepareLayer', folder, layers, layers.length);
      try {
        return await this.mountPath(folder);
      } catch (error) {
        await this.#quietly('UnprepareLayer', folder);
        throw error;
      }
    } catch (error) {
      await this.#quietly('DeactivateLayer', folder);
      throw error;
    }
  }

  /** Quietly nothing for a layer that is not mounted. */
  async unmount(folder: string): Promise<void> {
    await this.#quietly('UnprepareLayer', folder);
    await this.#quietly('DeactivateLayer', folder);
  }

  /** Removes a layer with its folder. */
  async destroy(folder: string): Promise<void> {
    await this.#call(`removing the layer ${folder}`, 'DestroyLayer', folder);
  }

  /** Makes a base layer usable, once its files are there. */
  async processBase(folder: string): Promise<void> {
    await this.#vmcompute.checkedRaw(`processing the base layer ${folder}`, 'ProcessBaseImage', folder);
  }

  /** As `processBase`, for the folder `UtilityVM` of a layer. */
  async processUtilityVm(folder: string): Promise<void> {
    await this.#vmcompute.checkedRaw(`processing the utility VM ${folder}`, 'ProcessUtilityImage', folder);
  }

  /** As documents name layers: by a GUID that the service makes of the folder's name. */
  async references(folders: readonly string[]): Promise<LayerReference[]> {
    const references: LayerReference[] = [];
    for (const folder of folders) references.push({ ID: formatGuid(await this.#guid(folder)), Path: folder });
    return references;
  }

  async #descriptors(folders: readonly string[]): Promise<{ id: Uint8Array; flags: number; path: string }[]> {
    const descriptors = [];
    for (const path of folders) descriptors.push({ id: await this.#guid(path), flags: 0, path });
    return descriptors;
  }

  async #guid(folder: string): Promise<Uint8Array> {
    const guid = new Uint8Array(16);
    await this.#vmcompute.checkedRaw(`naming the layer ${folder}`, 'NameToGuid', basename(folder), guid);
    return guid;
  }

  /** The path of a layer's volume, `\\?\Volume{GUID}\`, while it is mounted. */
  async mountPath(folder: string): Promise<string> {
    const doing = `asking where the layer ${folder} is mounted`;
    // Once for the length, in characters with the closing zero, and once for the text.
    const length: [number | bigint] = [0];
    await this.#call(doing, 'GetLayerMountPath', folder, length, null);
    const buffer = new Uint16Array(Math.max(Number(length[0]), 1));
    await this.#call(doing, 'GetLayerMountPath', folder, [buffer.length], buffer);
    const end = buffer.indexOf(0);
    return Buffer.from(buffer.buffer, 0, (end < 0 ? buffer.length : end) * 2).toString('utf16le');
  }

  async #call(doing: string, name: FunctionName, ...values: unknown[]): Promise<void> {
    await this.#vmcompute.checkedRaw(doing, name, driver, ...values);
  }

  async #quietly(name: FunctionName, folder: string): Promise<void> {
    await this.#vmcompute.raw(name, driver, folder);
  }
}

/** The text of a GUID as Windows keeps it: the first three parts are little-endian. */
export function formatGuid(bytes: Uint8Array): string {
  const hex = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => (bytes[at] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
