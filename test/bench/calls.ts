import { fileURLToPath } from 'node:url';

import { createExecutor, type Executor, twilio } from '@trunkline/clients';
import { createAddressGuard, createCaller, createDialler } from '@trunkline/http-client';

import { openPlainCaller } from './baselines/undici-call.ts';
import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { startWorker } from './load/worker.ts';
import { median, ratios } from './statistics.ts';

const connections = 64;
const startDeadlineMs = 10_000;
const warmUpMs = 500;
const credentials = { accountSid: `AC${'0'.repeat(32)}`, apiKeySid: `SK${'1'.repeat(32)}`, apiKeySecret: 'secret' };
const message = { to: '+15005550006', from: '+15005550001', body: 'A call you missed' };

/** What the executor costs over the library it stands on; one process calls, another answers. */
export const calls: Benchmark = {
  name: 'calls',
  title: 'B14 · Calls to APIs',
  question:
    `Messages created per second by the executor with ${connections} connections (address guard, breakers, retry table, request and ` +
    'answer of the client of Twilio, no rate limit, no tracing), against the same posts by undici alone; and the median time of one call at a time.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const api = startWorker(fileURLToPath(new URL('load/fake-api.ts', import.meta.url)));
    try {
      const port = await api.ask<number>('listen', startDeadlineMs);
      return await measure(run, `http://127.0.0.1:${port}`);
    } finally {
      await api.stop();
    }
  },
};

interface Side {
  readonly perSecond: number[];
  readonly medianMs: number[];
}

async function measure(run: BenchRun, url: string): Promise<BenchReport> {
  const dialler = createDialler({
    guard: createAddressGuard({ allow: [{ network: '127.0.0.1' }] }),
    limits: { maxConnectionsPerOrigin: connections },
  });
  const executor = createExecutor({ caller: createCaller({ dialler }), origins: { twilio: url } });
  const path = `/2010-04-01/Accounts/${credentials.accountSid}/Messages.json`;
  const plain = openPlainCaller(url, path, connections);
  const body = new URLSearchParams({ To: message.to, From: message.from, Body: message.body }).toString();
  const callers = { ours: () => createMessage(executor), theirs: () => plain.call(body) };
  const found: Record<keyof typeof callers, Side> = {
    ours: { perSecond: [], medianMs: [] },
    theirs: { perSecond: [], medianMs: [] },
  };
  try {
    for (const call of Object.values(callers)) await callsDuring(call, connections, warmUpMs);
    for (let round = 1; round <= run.rounds; round += 1) {
      for (const side of ['theirs', 'ours'] as const) {
        run.signal.throwIfAborted();
        const many = await callsDuring(callers[side], connections, run.seconds * 1_000);
        const alone = await callsDuring(callers[side], 1, warmUpMs);
        found[side].perSecond.push(many.length / run.seconds);
        found[side].medianMs.push(median(alone));
      }
      run.onProgress(`round ${round} of ${run.rounds}`);
    }
  } finally {
    await Promise.all([dialler.close(), plain.close()]);
  }
  return reportOf(found.ours, found.theirs);
}

async function createMessage(executor: Executor): Promise<void> {
  const outcome = await executor.run(twilio, {
    operation: twilio.operations.createMessage,
    connection: { id: 'con_bench', account: 'bench', credentials },
    input: message,
    correlationId: 'req_0123456789abcdef0123456789abcdef',
  });
  // Else a call that fails early would look fast.
  if (outcome.kind === 'failure') throw new Error(outcome.detail);
}

/** How long each call took, milliseconds, of so many callers that call one after the other. */
async function callsDuring(call: () => Promise<unknown>, callers: number, ms: number): Promise<readonly number[]> {
  const took: number[] = [];
  const endsAtMs = performance.now() + ms;
  const callOn = async (): Promise<void> => {
    for (let startedAtMs = performance.now(); startedAtMs < endsAtMs; startedAtMs = performance.now()) {
      await call();
      const nowMs = performance.now();
      if (nowMs < endsAtMs) took.push(nowMs - startedAtMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, callOn));
  return took;
}

function reportOf(ours: Side, theirs: Side): BenchReport {
  const added = ours.medianMs.map((ms, round) => ms - (theirs.medianMs[round] ?? Number.NaN));
  return {
    figures: [
      { label: 'executor', unit: '/s', perRound: ours.perSecond },
      { label: 'undici alone', unit: '/s', perRound: theirs.perSecond },
      { label: 'executor / undici', unit: '×', perRound: ratios(ours.perSecond, theirs.perSecond) },
      { label: 'median of one call at a time, executor', unit: 'ms', perRound: ours.medianMs },
      { label: 'median of one call at a time, undici', unit: 'ms', perRound: theirs.medianMs },
      { label: 'added to the median', unit: 'ms', perRound: added },
    ],
    bars: [
      { figure: 'executor / undici', is: 'at least', first: 0.5 },
      { figure: 'added to the median', is: 'at most', first: 1 },
    ],
    notes: [
      'The API answers from a process of its own on the same cores, with a message of 50 bytes.',
      'Where Redis keeps the rates, a turn costs one round trip to it before each call.',
    ],
  };
}
