import { expect, it } from 'vitest';

import { createApiServer } from './api-server.ts';

it('an idle connection is kept as long as is set, for the balancer in front to close it first', async () => {
  // Google's keeps it for 600 s.
  const server = createApiServer((_, response) => response.end(), { keepAliveMs: 620_000 });
  const port = await server.listen({ host: '127.0.0.1', port: 0, variable: 'TRUNKLINE_TEST_PORT' });
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);

    expect(response.headers.get('keep-alive')).toBe('timeout=620');
  } finally {
    await server.stop(0);
  }
});
