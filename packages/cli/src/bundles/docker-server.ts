export * from '@caisson/docker-api/server';
