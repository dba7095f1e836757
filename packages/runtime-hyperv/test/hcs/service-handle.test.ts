import { expect, it, vi } from 'vitest';
import { ServiceHandle } from '../../src/hcs/service-handle.js';

it('is closed when the last call with it has come back, and once', async () => {
  const handle = new ServiceHandle(7);
  const call = Promise.withResolvers<string>();
  const used = handle.use('resizing', () => call.promise);
  const closing = vi.fn(async () => {});
  const closed = Promise.all([handle.close(closing), handle.close(closing)]);
  await new Promise(setImmediate);
  expect({ open: handle.isOpen, closing: closing.mock.calls }).toEqual({ open: false, closing: [] });
  call.resolve('done');
  expect(await used).toBe('done');
  await closed;
  expect(closing.mock.calls).toEqual([[7]]);
});

it('is closed although a call failed', async () => {
  const handle = new ServiceHandle(7);
  const used = handle.use('resizing', () => Promise.reject(new Error('no')));
  const closing = vi.fn(async () => {});
  await Promise.all([expect(used).rejects.toThrow('no'), handle.close(closing)]);
  expect(closing).toHaveBeenCalledOnce();
});

it('serves nobody any more when it is closed', async () => {
  const handle = new ServiceHandle(7);
  await handle.close(async () => {});
  const call = vi.fn(async () => {});
  await expect(handle.use('pausing the container x', call)).rejects.toMatchObject({ code: 'in-use', message: 'pausing the container x failed: the container has been stopped already (0xc0370110)' });
  expect(call).not.toHaveBeenCalled();
});
