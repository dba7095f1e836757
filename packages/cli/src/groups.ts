/** Groups of commands, with their summaries. */
export const groups: Readonly<Record<string, string>> = {
  container: 'Manage containers',
  image: 'Manage images',
  volume: 'Manage volumes',
  network: 'Manage networks',
  manifest: 'Manage lists of images for several platforms',
  builder: 'Manage builds and their cache',
  buildx: "Builds, under the name of docker's plugin",
  context: 'Manage contexts: hosts to work with',
  system: 'Look after the data root',
};
