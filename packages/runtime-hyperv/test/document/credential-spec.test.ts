import { expect, it } from 'vitest';
import { credentialSpec, type CredentialSources } from '../../src/document/credential-spec.js';

const text = '{"CmsPlugins":["ActiveDirectory"]}';
const sources: CredentialSources = { folder: String.raw`C:\ProgramData\caisson\CredentialSpecs`, registry: async (name) => (name === 'known' ? text : undefined) };

it('comes as text or from the registry', async () => {
  expect(await credentialSpec(`raw://${text}`, sources)).toBe(text);
  expect(await credentialSpec('registry://known', sources)).toBe(text);
});

it.each([
  ['raw://nonsense', /not valid JSON/],
  ['raw://{}', /CmsPlugins/],
  ['registry://unknown', /no credential spec unknown/],
  [String.raw`registry://..\x`, /no name of a registry value/],
  [String.raw`file://C:\Windows\x.json`, /below/],
  [String.raw`file://..\..\x.json`, /leads out/],
  ['file://not-there.json', /no such file/],
  ['http://x', /invalid credential spec/],
  ['file://', /invalid credential spec/],
])('%s is refused', async (given, message) => {
  await expect(credentialSpec(given, sources)).rejects.toThrow(message);
});
