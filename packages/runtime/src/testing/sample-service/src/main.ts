import { createServer } from 'node:http';

import { context, propagation } from '@opentelemetry/api';
import { z } from 'zod';

import { oneOf, runService, text } from '../../../index.ts';

/** A service for the tests of the runtime: what it does on start and on stop is asked for by environment. */
await runService({
  name: 'sample',
  config: z.object({
    SAMPLE_NAME: text({ what: 'a name', example: 'anna' }),
    SAMPLE_START: oneOf(['well', 'throws', 'rejects-later', 'serves'], 'well'),
    SAMPLE_STOP: oneOf(['well', 'hangs'], 'well'),
  }),
  createApp: (config, service) => {
    service.health.check('name', () => ({ ok: true, detail: config.SAMPLE_NAME }));
    const idle = setInterval(() => undefined, 1_000);
    return {
      start: async () => {
        if (config.SAMPLE_START === 'throws') throw new RangeError('the sample cannot start');
        if (config.SAMPLE_START === 'rejects-later')
          setImmediate(() => void Promise.reject(new Error('nobody owns this')));
        if (config.SAMPLE_START === 'serves') await serve();
        service.metrics.count('webhooks_received_total', { source: 'src_sample', event: 'none' });
      },
      stop: async () => {
        clearInterval(idle);
        if (config.SAMPLE_STOP === 'hangs') await new Promise(() => setInterval(() => undefined, 1_000));
      },
    };
  },
});

/** Answers with the trace context it runs in, and prints the port. */
async function serve(): Promise<void> {
  const server = createServer((_request, response) => {
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    response.end(JSON.stringify(carrier));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`serving on ${address.port}\n`);
}
