/**
 * Commands that do little but read, by their labels (see words.ts), with the module in src/commands. They have a file of their own, dist/short.cjs, with
 * what they need of core in it and without the other commands: most of the time of such a command is the time to load its code.
 */
export const shortCommands: Readonly<Record<string, string>> = {
  ps: 'ps',
  'container-ls': 'ps',
  'container-ps': 'ps',
  'container-list': 'ps',
  images: 'images',
  'image-ls': 'images',
  'image-list': 'images',
  inspect: 'inspect',
  'container-inspect': 'container-inspect',
  'image-inspect': 'image-inspect',
  'volume-inspect': 'volume-inspect',
  'volume-ls': 'volume-ls',
  'volume-list': 'volume-ls',
  'network-inspect': 'network-inspect',
  'network-ls': 'network-ls',
  'network-list': 'network-ls',
  history: 'history',
  'image-history': 'history',
  port: 'port',
  'container-port': 'port',
  tag: 'tag',
  'image-tag': 'tag',
};
