import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { openImage } from '../../../content/image.js';
import type { NewImage } from '../../../content/image-store.js';
import type { LayoutStore } from '../../../content/layout-store.js';
import { CaissonError, fromSystemError } from '../../../errors.js';
import type { RawPath } from '../../../layers/raw-path.js';
import type { Descriptor } from '../../../model/descriptor.js';
import type { ContainerDefaults, HistoryEntry, ImageConfig } from '../../../model/image-config.js';
import type { Manifest } from '../../../model/manifest.js';
import { mediaTypes } from '../../../model/media-type.js';
import type { Differ } from '../../../runtime/differ.js';
import { putDocument } from '../../images/put-document.js';
import type { CommitOptions } from '../../engine.js';
import { rootOf } from '../prove.js';
import type { ContainerRecord } from '../record.js';

export interface CommitParts {
  readonly content: LayoutStore;
  readonly differ: Differ;
  /** Paths that only the mounting of something made. */
  readonly exclude: ReadonlySet<RawPath>;
  applyChanges(config: ContainerDefaults, changes: readonly string[]): Promise<ContainerDefaults>;
}

/** Writes what a container changed as a layer into the store; undefined where it changed nothing. */
export async function captureChanges({ content, differ, exclude }: Pick<CommitParts, 'content' | 'differ' | 'exclude'>, id: string, signal: AbortSignal | undefined): Promise<Descriptor | undefined> {
  const path = content.stagingPath();
  const fd = openSync(path, 'wx', 0o644);
  try {
    const { diffId, size, entries } = await differ.diff(
      id,
      (data) => {
        for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
      },
      { exclude: (file) => exclude.has(file), ...(signal ? { signal } : {}) },
    );
    if (entries === 0) return undefined;
    fsyncSync(fd);
    await content.adopt(path, diffId);
    return { mediaType: mediaTypes.layerTar, digest: diffId, size };
  } catch (error) {
    throw fromSystemError(error, 'writing a layer');
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}

/**
 * Makes the image of a container on that of its image, with one layer more. The caller holds a lease.
 * @throws CaissonError `not-found` where the container's image is not in the store any more
 */
export async function commitImage({ content, applyChanges }: Pick<CommitParts, 'content' | 'applyChanges'>, record: ContainerRecord, layer: Descriptor | undefined, { message, author, changes = [], config }: CommitOptions): Promise<NewImage> {
  const target = await content.stat(record.image.target);
  if (!target) throw new CaissonError('not-found', `the image of container ${record.name} is not in the store any more`, { hint: `make one of its files instead: caisson export ${record.name} | caisson import - NAME` });
  const root = await rootOf({ content }, record);
  const platform = record.options.platform;
  const base = await openImage((descriptor) => content.read(descriptor.digest), root, { name: record.image.name, ...(platform ? { platform } : {}) });
  for (const { digest, urls } of base.manifest.layers)
    if (!urls && !(await content.bring(digest))) throw new CaissonError('not-found', `the layer ${digest} of ${record.image.name} is not in the store any more`, { hint: `pull it again: caisson pull ${record.image.name}` });

  const created = new Date().toISOString();
  const defaults = await applyChanges({ ...containerConfig(record, base.config.config ?? {}), ...config }, changes);
  const step: HistoryEntry = {
    created,
    created_by: record.process.args.join(' '),
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { comment: message }),
    ...(layer ? {} : { empty_layer: true }),
  };
  const imageConfig: ImageConfig = {
    ...base.config,
    created,
    ...(author === undefined ? {} : { author }),
    config: defaults,
    rootfs: { type: 'layers', diff_ids: [...base.config.rootfs.diff_ids, ...(layer ? [layer.digest] : [])] },
    history: [...(base.config.history ?? []), step],
  };
  const configDescriptor = await putDocument(content, imageConfig, mediaTypes.config);
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers: [...base.manifest.layers.map(inOci), ...(layer ? [layer] : [])] };
  return { target: await putDocument(content, manifest, mediaTypes.manifest), id: configDescriptor.digest };
}

/** A manifest of OCI's has layers of OCI's media types. */
function inOci(layer: Descriptor): Descriptor {
  const other: Readonly<Record<string, string>> = { [mediaTypes.dockerLayerTar]: mediaTypes.layerTar, [mediaTypes.dockerLayerGzip]: mediaTypes.layerGzip };
  return { ...layer, mediaType: other[layer.mediaType] ?? layer.mediaType };
}

/** What the container was started with, as an image would say it. */
function containerConfig({ options, exposed, labels, stopSignal, healthcheck, process }: ContainerRecord, image: ContainerDefaults): ContainerDefaults {
  const env = new Map<string, string>();
  for (const entry of [...(image.Env ?? []), ...(options.env ?? [])]) {
    const [name = '', value] = entry.split(/=(.*)/s);
    if (value === undefined) env.delete(name);
    else env.set(name, value);
  }
  const command = options.command?.length ? options.command : options.entrypoint ? undefined : image.Cmd;
  const entrypoint = options.entrypoint ?? image.Entrypoint;
  const { Cmd: _cmd, Entrypoint: _entrypoint, Healthcheck: _healthcheck, ArgsEscaped: _escaped, ...rest } = image;
  return {
    ...rest,
    Env: [...env].map(([name, value]) => `${name}=${value}`),
    ...(command?.length ? { Cmd: command } : {}),
    ...(entrypoint?.length ? { Entrypoint: entrypoint } : {}),
    ...(exposed.length > 0 ? { ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])) } : {}),
    ...(Object.keys(labels).length > 0 ? { Labels: labels } : {}),
    ...(process.user === '' ? {} : { User: process.user }),
    // Of a Windows image: its first word is a whole command line, and still the image's own.
    ...(process.argsEscaped ? { ArgsEscaped: true } : {}),
    WorkingDir: process.cwd === '/' || process.cwd === 'C:\\' ? (image.WorkingDir ?? '') : process.cwd,
    ...(stopSignal === 'SIGTERM' && !image.StopSignal ? {} : { StopSignal: stopSignal }),
    ...(healthcheck ? { Healthcheck: healthcheck } : {}),
  };
}
