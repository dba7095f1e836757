export * from '@caisson/docker-api/client';
