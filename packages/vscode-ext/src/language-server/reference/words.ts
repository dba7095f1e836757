/** Words with a meaning, by where they stand; each with one line on what it is. */
export type Words = readonly (readonly [word: string, summary: string])[];

export const directives: Words = [
  ['syntax', 'Front end that reads this file, an image such as docker/dockerfile:1.'],
  ['escape', 'Character that continues lines and escapes: \\ or `.'],
  ['check', 'Build checks to skip in this file, and whether their findings are errors: skip=RULE,…;error=true.'],
];

export const signals: Words = [
  ['SIGTERM', 'Asks to end; the default.'],
  ['SIGINT', 'As ctrl-c.'],
  ['SIGQUIT', 'Ends after the open requests, in nginx and php-fpm.'],
  ['SIGHUP', 'Often: read the configuration again.'],
  ['SIGUSR1', 'What the program makes of it.'],
  ['SIGUSR2', 'What the program makes of it.'],
  ['SIGWINCH', 'Ends after the open requests, in Apache.'],
  ['SIGKILL', 'Ends at once.'],
];

export const labelKeys: Words = [
  ['title', 'Name for people.'],
  ['description', 'What the image is for.'],
  ['version', 'Version of the software.'],
  ['source', 'URL of the source code.'],
  ['revision', 'Commit that it was built from.'],
  ['created', 'When it was built, RFC 3339.'],
  ['authors', 'Whom to ask.'],
  ['vendor', 'Who distributes it.'],
  ['url', 'Where to learn more.'],
  ['documentation', 'URL of the documentation.'],
  ['licenses', 'SPDX license expression.'],
  ['ref.name', 'Name of the reference.'],
  ['base.name', 'Reference of the base image.'],
  ['base.digest', 'Digest of the base image.'],
].map(([key = '', summary = '']) => [`org.opencontainers.image.${key}`, summary] as const);

/** ARGs that exist without being given. */
export const knownArgs: Words = [
  ['TARGETPLATFORM', 'Platform of the result: linux/arm64.'],
  ['TARGETOS', 'Operating system of the result.'],
  ['TARGETARCH', 'Architecture of the result.'],
  ['TARGETVARIANT', 'Variant of that architecture: v7.'],
  ['BUILDPLATFORM', 'Platform that the build runs on.'],
  ['BUILDOS', 'Operating system that the build runs on.'],
  ['BUILDARCH', 'Architecture that the build runs on.'],
  ['BUILDVARIANT', 'Variant of that architecture.'],
  ['TARGETSTAGE', 'Name of the stage that is built.'],
  ['SOURCE_DATE_EPOCH', 'Date of the files in new layers, in seconds since 1970.'],
  ['HTTP_PROXY', 'Proxy for http; reaches RUN without being declared.'],
  ['HTTPS_PROXY', 'Proxy for https; reaches RUN without being declared.'],
  ['NO_PROXY', 'Hosts that need no proxy.'],
];
