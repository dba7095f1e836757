export { archivedLayers, type ArchivedLayer } from './archived-layers.js';
export { ImageArchive } from './archive-sink.js';
export { openArchive, type ArchivedImage, type ArchiveOptions } from './archive-source.js';
export { layoutSink, layoutSource, parseLayoutPlace } from './layout-folder.js';
export { piped, type WritePiece } from './piped.js';
