import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const run = promisify(execFile);
const probe = fileURLToPath(new URL('testing/what-kafkajs-loads.ts', import.meta.url));
// By its path: a library of this layer does not depend on the runtime, and this process is started as a service is.
const telemetry = fileURLToPath(new URL('../../../runtime/src/telemetry.ts', import.meta.url));

/** In a process of its own, because what is loaded first counts. */
async function whatKafkajsLoads(preload: readonly string[], env: Readonly<Record<string, string>>): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--conditions=@trunkline/source', ...preload, probe], { env });
  return JSON.parse(stdout);
}

const ours = {
  patchOutcome: 'installed',
  'kafkajs/src/producer/groupMessagesPerPartition.js': true,
  'kafkajs/src/protocol/requests/produce/v3/request.js': true,
  'kafkajs/src/protocol/request.js': true,
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js': true,
  'kafkajs/src/consumer/batch.js': true,
  'kafkajs/src/protocol/requests/metadata/v6/response.js': true,
  'kafkajs/src/protocol/requests/produce/v7/response.js': true,
};

it('kafkajs uses our modules', async () => {
  await expect(whatKafkajsLoads([], {})).resolves.toEqual(ours);
});

it('kafkajs uses our modules when telemetry is preloaded and traces', async () => {
  await expect(
    whatKafkajsLoads(['--import', telemetry], {
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://127.0.0.1:9/',
    }),
  ).resolves.toEqual(ours);
});

it('nobody but the door takes values from kafkajs, because the first to load it decides what it is made of', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const takers = globSync('**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .filter((file) => /^import (?!type ).*from 'kafkajs'/m.test(readFileSync(root + file, 'utf8')));

  expect(takers).toEqual([]);
});
