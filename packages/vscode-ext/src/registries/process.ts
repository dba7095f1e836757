import { isCaissonError } from '@caisson/core';
import { RegistryClient } from '@caisson/registry-client';
import type { RegistryAnswer, RegistryQuestion, RegistryRequest } from './protocol.js';

/** More than anyone scrolls through. */
const most = 5000;

// A process of its own: the registry client brings an HTTP client that has no business in the editor's extension host.
const client = new RegistryClient();

process.on('message', (request: RegistryRequest) => void answer(request));
process.once('disconnect', () => process.exit());

async function answer(request: RegistryRequest): Promise<void> {
  const { number } = request;
  const reply: RegistryAnswer = await ask(request).then(
    (values) => ({ number, values }),
    (error: unknown) => ({ number, error: { message: error instanceof Error ? error.message : String(error), ...(isCaissonError(error) && error.hint !== undefined ? { hint: error.hint } : {}) } }),
  );
  process.send?.(reply);
}

async function ask(question: RegistryQuestion): Promise<readonly string[]> {
  switch (question.kind) {
    case 'repositories':
      return gather(client.catalog(question.host));
    case 'tags':
      return gather(client.tags(question.repository));
    case 'digest': {
      const found = await client.resolve(question.reference);
      return found === undefined ? [] : [found.digest];
    }
  }
}

async function gather(pages: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const one of pages) if (all.push(one) === most) break;
  return all;
}
