import type { KnownEndpoint } from '@trunkline/delivery';
import { expect, it } from 'vitest';

import { createStyle } from '../render/style.ts';
import { renderEndpoint, renderEndpoints } from './render.ts';

it('shows the words of a tenant, which move nothing on the screen of whoever looks', () => {
  const words = (of: string): string => `${of}\u001b[2J\u001b]0;title\u0007\n\u009b31m\u202e`;
  const known: KnownEndpoint = {
    endpoint: {
      endpointId: `ep_${'1'.repeat(32)}`,
      tenantId: 'tnt_a',
      url: 'https://acme.example/hooks',
      description: words('description'),
      types: ['**'],
      filter: `true // ${words('filter')}`,
      format: 'standard',
      schedule: [0],
      timeoutMs: 15_000,
      maxInFlight: 8,
      ordering: 'none',
      onExhausted: 'continue',
      state: 'paused',
      stateReason: words('reason'),
      stateSinceMs: 0,
      createdBy: words('key'),
      createdAtMs: 0,
    },
    health: {
      lastSuccessAtMs: null,
      lastFailureAtMs: null,
      lastCode: null,
      failingSinceMs: null,
      failures: 0,
      told: 0,
    },
    filterFailure: { atMs: 0, reason: words('failure') },
    secrets: [],
  };

  for (const text of [
    renderEndpoint(known, 60_000, createStyle(false)),
    renderEndpoints([known], 60_000, createStyle(false)),
  ]) {
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain(String.raw`reason\x1b[2J\x1b]0;title\x07\x0a\x9b31m\u202e`);
  }
});
