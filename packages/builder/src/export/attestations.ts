import { documentBytes, formatPlatform, mediaTypes, sha256, type BuiltImage, type Descriptor, type Digest, type Manifest, type Reference, familiarReference } from '@caisson/core';
import type { ImageDraft } from '../config/image-draft.js';
import type { Session } from '../session.js';
import { findPackages, type FoundPackage } from './sbom.js';
import { putDocument } from './put-document.js';

const inToto = 'application/vnd.in-toto+json';
const provenanceType = 'https://slsa.dev/provenance/v1';
const spdxType = 'https://spdx.dev/Document';

/** What the provenance is to tell of the build beside its result. */
export interface Materials {
  readonly dockerfile: { readonly name: string; readonly text: string };
  readonly bases: readonly { readonly reference: Reference; readonly digest: Digest }[];
}

/**
 * An image's attestations as a manifest of their own, which the index lists beside the image's, as buildx and registries have it.
 * Undefined where none was asked for. Times are told with `max` only: equal builds keep equal digests.
 */
export async function attest(session: Session, image: BuiltImage, draft: ImageDraft, materials: Materials, started: Date): Promise<Descriptor | undefined> {
  const { request, host } = session;
  const predicates: [string, unknown][] = [];
  if (request.sbom) predicates.push([spdxType, spdx(image, await findPackages(session, await session.layers.tree(draft.diffIds, session.signal)), session.dates.created)]);
  if (request.provenance) predicates.push([provenanceType, provenance(session, image, materials, started)]);
  if (predicates.length === 0) return undefined;
  const names = (request.tags ?? []).map(familiarReference);
  const subject = (names.length > 0 ? names : ['image']).map((name) => ({ name: `pkg:docker/${name}?platform=${encodeURIComponent(formatPlatform(image.platform))}`, digest: { sha256: image.manifest.digest.slice('sha256:'.length) } }));
  const layers: Descriptor[] = [];
  for (const [predicateType, predicate] of predicates) {
    const bytes = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }));
    const layer = { mediaType: inToto, digest: sha256(bytes), size: bytes.byteLength, annotations: { 'in-toto.io/predicate-type': predicateType } };
    await putDocument(host.content, layer, bytes);
    layers.push(layer);
  }
  const config = documentBytes({ architecture: 'unknown', os: 'unknown', config: {}, rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) } });
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: { mediaType: mediaTypes.config, digest: sha256(config), size: config.byteLength }, layers };
  await putDocument(host.content, manifest.config, config);
  const bytes = documentBytes(manifest);
  const descriptor: Descriptor = {
    mediaType: mediaTypes.manifest,
    digest: sha256(bytes),
    size: bytes.byteLength,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.digest': image.manifest.digest, 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  await putDocument(host.content, descriptor, bytes);
  return descriptor;
}

/** slsa.dev/spec/v1.0/provenance. Values of build arguments are told with `max` only, since they may be private. */
function provenance({ request }: Session, image: BuiltImage, { dockerfile, bases }: Materials, started: Date): unknown {
  const max = request.provenance === 'max';
  const context = request.context.kind === 'url' ? request.context.url : request.context.kind;
  return {
    buildDefinition: {
      buildType: 'https://github.com/caisson-dev/caisson/blob/main/docs/provenance.md',
      externalParameters: {
        configSource: { path: dockerfile.name, digest: { sha256: sha256(dockerfile.text).slice('sha256:'.length) } },
        request: {
          context,
          ...(request.target === undefined ? {} : { target: request.target }),
          platform: formatPlatform(image.platform),
          ...(max ? { args: request.buildArgs ?? {}, labels: request.labels ?? {}, secrets: (request.secrets ?? []).map(({ id }) => ({ id })) } : {}),
        },
      },
      internalParameters: { builderPlatform: formatPlatform(image.platform) },
      resolvedDependencies: bases.map(({ reference, digest }) => ({ uri: `pkg:docker/${familiarReference(reference)}`, digest: { sha256: digest.slice('sha256:'.length) } })),
    },
    runDetails: {
      builder: { id: 'https://github.com/caisson-dev/caisson' },
      metadata: max ? { startedOn: started.toISOString(), finishedOn: new Date().toISOString(), buildkit_source: { dockerfile: dockerfile.text } } : {},
    },
  };
}

/** spdx.github.io/spdx-spec/v2.3. */
function spdx(image: BuiltImage, packages: readonly FoundPackage[], created: string): unknown {
  const name = `image ${image.imageId}`;
  const id = (place: number) => `SPDXRef-Package-${place}`;
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://github.com/caisson-dev/caisson/spdx/${image.imageId.replace(':', '-')}`,
    creationInfo: { created, creators: ['Tool: caisson'] },
    packages: packages.map(({ name: packageName, version, purl, path }, place) => ({
      SPDXID: id(place),
      name: packageName,
      versionInfo: version,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      sourceInfo: `found in /${path}`,
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
    })),
    relationships: packages.map((_, place) => ({ spdxElementId: 'SPDXRef-DOCUMENT', relatedSpdxElement: id(place), relationshipType: 'DESCRIBES' })),
  };
}
