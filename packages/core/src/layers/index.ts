export * from './raw-path.js';
export * from './entry.js';
export * from './limits.js';
export { TarWriter, type TarSink, type TarWriterOptions } from './tar/writer.js';
export { TarReader, type TarHandler, type TarReaderOptions } from './tar/reader.js';
export type { SparseMap } from './tar/sparse.js';
