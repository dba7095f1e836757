import { describe, expect, it } from 'vitest';
import { emptyChoices } from '../../src/run/choices.js';
import { filled, suggestionsOf, withoutSuggested } from '../../src/run/suggestions.js';

const suggested = suggestionsOf({ ExposedPorts: { '80/tcp': {}, '5353/udp': {}, '3000/tcp': {} }, Env: ['PATH=/bin', 'NODE_ENV=production', 'A=1'], Volumes: { '/data': {} }, WorkingDir: '/app' });

describe('what the image suggests', () => {
  it('is its ports, variables and volumes', () => {
    expect(suggested).toEqual({ ports: '8080:80\n5353:5353/udp\n3000:3000', env: 'NODE_ENV=production\nA=1', mounts: '/data' });
    expect(suggestionsOf(undefined)).toEqual({ ports: '', env: '', mounts: '' });
  });

  it('fills the form the first time', () => {
    expect(filled(suggested, undefined)).toEqual({ ...emptyChoices, ...suggested });
  });

  it('is neither sent nor remembered where it was left alone', () => {
    const asked = { ...emptyChoices, ports: '9000:80', env: 'NODE_ENV=test\nA=1\nB=2', mounts: 'kept:/data:ro\n/more' };
    const own = withoutSuggested(asked, suggested);
    expect(own).toMatchObject({ ports: '9000:80', env: 'NODE_ENV=test\nB=2', mounts: 'kept:/data:ro\n/more' });
    expect(withoutSuggested(filled(suggested, undefined), suggested)).toMatchObject({ env: '', mounts: '' });
    expect(filled(suggested, own)).toMatchObject({ ports: '9000:80', env: 'A=1\nNODE_ENV=test\nB=2', mounts: 'kept:/data:ro\n/more' });
  });
});
