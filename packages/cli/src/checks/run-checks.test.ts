import { TrunklineError } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import type { CommandContext } from '../context.ts';
import { createOutput } from '../output.ts';
import { resolveSettings } from '../settings.ts';
import { createScreen } from '../testing/screen.ts';
import { type Check, ok } from './check.ts';
import { checks } from './index.ts';
import { runChecks } from './run-checks.ts';

function contextOf(): CommandContext {
  return {
    output: createOutput({
      stdout: createScreen(),
      stderr: createScreen(),
      environment: {},
      json: true,
      nowMs: () => 0,
    }),
    settings: resolveSettings({ flags: {}, environment: {}, directory: '/' }),
    directory: '/',
    readStdin: () => Promise.resolve(new Uint8Array()),
    signal: new AbortController().signal,
    clock: () => 0,
  };
}

function check(name: string, run: Check['run'], requires: readonly string[] = []): Check {
  return { name, requires, run };
}

describe('the doctor', () => {
  it('reports what a check throws as its finding and goes on', async () => {
    const broken = check('kafka', () => Promise.reject(new TrunklineError('dependency_unavailable', 'nobody there')));

    const reports = await runChecks([broken, check('traces', () => Promise.resolve(ok('fine')))], contextOf());

    expect(reports).toEqual([
      { name: 'kafka', state: 'failed', detail: 'nobody there' },
      { name: 'traces', state: 'ok', detail: 'fine' },
    ]);
  });

  it('skips what needs a check that failed, and what needs that', async () => {
    const reports = await runChecks(
      [
        check('kafka', () => Promise.reject(new Error('down'))),
        check('topics', () => Promise.resolve(ok('')), ['kafka']),
        check('lag', () => Promise.resolve(ok('')), ['topics']),
      ],
      contextOf(),
    );

    expect(reports.map(({ state, detail }) => `${state} ${detail}`)).toEqual([
      'failed down',
      'skipped needs kafka',
      'skipped needs topics',
    ]);
  });

  it('does not call a setting that nobody gave a fault', async () => {
    const reports = await runChecks(
      [check('ingress', ({ settings }) => Promise.resolve(ok(settings.require('ingressUrl'))))],
      contextOf(),
    );

    expect(reports[0]?.state).toBe('skipped');
    expect(reports[0]?.detail).toContain('TRUNKLINE_INGRESS_URL');
  });

  it('does not wait for a check that never answers', async () => {
    const hanging = check('postgres', () => new Promise(() => undefined));

    const reports = await runChecks([hanging], contextOf(), 20);

    expect(reports[0]).toMatchObject({ state: 'failed', detail: 'no answer within 0.02 s' });
  });

  it('has checks with names of their own, each after the ones it requires', () => {
    const seen = new Set<string>();
    for (const { name, requires } of checks) {
      expect(seen.has(name)).toBe(false);
      for (const required of requires) expect(seen.has(required), `${name} requires ${required}`).toBe(true);
      seen.add(name);
    }
  });
});
