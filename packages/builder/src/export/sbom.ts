import { open } from 'node:fs/promises';
import { baseName, displayPath, type LayerTree, type RawPath } from '@caisson/core';
import type { Session } from '../session.js';

/** A package found in an image. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** package URL (purl-spec). */
  readonly purl: string;
  /** Where it was found. */
  readonly path: string;
}

const limit = 16 * 1024 * 1024;
const encode = encodeURIComponent;

/**
 * Packages by what package managers have written down in the image: dpkg, apk, npm and Python's. Programs that were built or copied in
 * without one are not found.
 */
export async function findPackages(session: Session, tree: LayerTree): Promise<FoundPackage[]> {
  const found: FoundPackage[] = [];
  const distribution = osRelease(await readText(session, tree, 'etc/os-release'))['ID'] ?? 'debian';
  for (const entry of tree.walk('')) {
    if (entry.type !== 'file' || entry.size > limit) continue;
    const read = () => readText(session, tree, entry.path);
    const path = displayPath(entry.path);
    if (entry.path === 'var/lib/dpkg/status' || /^var\/lib\/dpkg\/status\.d\/[^.]+$/.test(entry.path))
      found.push(...paragraphs(await read()).flatMap((fields) => ((fields['Status'] ?? ' installed').endsWith(' installed') ? make(fields['Package'], fields['Version'], `pkg:deb/${distribution}`, path, fields['Architecture']) : [])));
    else if (entry.path === 'lib/apk/db/installed' || entry.path === 'usr/lib/apk/db/installed') found.push(...paragraphs(await read()).flatMap((fields) => make(fields['P'], fields['V'], `pkg:apk/${distribution}`, path, fields['A'])));
    else if (/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(entry.path)) found.push(...npmPackage(await read(), path));
    else if (/\.(?:dist|egg)-info\/(?:METADATA|PKG-INFO)$/.test(entry.path) || baseName(entry.path).endsWith('.egg-info')) {
      const [fields] = paragraphs(await read());
      found.push(...make(fields?.['Name'], fields?.['Version'], 'pkg:pypi', path));
    }
  }
  return found.sort((a, b) => (`${a.purl} ${a.path}` < `${b.purl} ${b.path}` ? -1 : 1));
}

function make(name: string | undefined, version: string | undefined, prefix: string, path: string, architecture?: string): FoundPackage[] {
  if (!name || !version) return [];
  return [{ name, version, path, purl: `${prefix}/${encode(name)}@${encode(version)}${architecture ? `?arch=${encode(architecture)}` : ''}` }];
}

function npmPackage(text: string, path: string): FoundPackage[] {
  try {
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    return [{ name, version, path, purl: `pkg:npm/${name.split('/').map(encode).join('/')}@${encode(version)}` }];
  } catch {
    // A package without a proper description has no name to list.
    return [];
  }
}

/** Blocks of `Key: value` lines, as dpkg, apk (`P:name`) and Python's metadata have them. */
function paragraphs(text: string): Record<string, string>[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const fields = Object.fromEntries([...block.matchAll(/^([A-Za-z][\w-]*): ?(.*)$/gm)].map(([, key = '', value = '']) => [key, value.trim()]));
    return Object.keys(fields).length > 0 ? [fields] : [];
  });
}

function osRelease(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, key = '', value = '']) => [key, value]));
}

async function readText({ layers, signal }: Session, tree: LayerTree, path: RawPath): Promise<string> {
  if (tree.lookup(path)?.type !== 'file') return '';
  const bytes = await tree.readFile(
    path,
    async (layer, offset, length) => {
      await using file = await open(await layers.archive(layer.diffId, signal));
      const buffer = Buffer.alloc(length);
      await file.read(buffer, 0, length, offset);
      return buffer;
    },
    { maxBytes: limit },
  );
  return bytes.toString('utf8');
}
