import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { startServiceProcess } from './service-process.ts';

it('a service that does not get ready is told by what it says it lacks, not by the last line of its log', async () => {
  const lacking = { ready: false, phase: 'starting', checks: { groups: { ok: false, detail: 'waiting for Kafka' } } };
  const service = await serviceThatAnswers(503, JSON.stringify(lacking));

  await expect(service.ready(1)).rejects.toThrow(
    /^payments was not ready within 0 s: starting; groups: waiting for Kafka \(its log: /,
  );
});

it('what listens in its place and is no service of ours is told by the log', async () => {
  const service = await serviceThatAnswers(404, '<html>');

  await expect(service.ready(1)).rejects.toThrow('it said nothing');
});

/** A process that does nothing, and a listener at the port where it would answer. */
async function serviceThatAnswers(status: number, body: string) {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-service-'));
  const service = startServiceProcess({
    name: 'payments',
    command: [process.execPath, '--eval', 'setInterval(() => {}, 1000)'],
    cwd: directory,
    env: {},
    port,
    operatorPort: port,
    logFile: join(directory, 'payments.log'),
  });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exited;
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return service;
}
