export * from '@caisson/runtime-linux';
