export * from '@caisson/core';
