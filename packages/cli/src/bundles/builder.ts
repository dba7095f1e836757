export * from '@caisson/builder';
