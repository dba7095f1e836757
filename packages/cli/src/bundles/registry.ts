export * from '@caisson/registry-client';
