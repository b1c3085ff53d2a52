import { readEnvironment } from '@trunkline/runtime';
import { describe, expect, it } from 'vitest';

import { consumerConfig as config } from './consumer-config.ts';

const complete = {
  TRUNKLINE_KAFKA_BROKERS: '127.0.0.1:9092',
  TRUNKLINE_REGISTRY_URL: 'http://127.0.0.1:8081/apis/ccompat/v7',
  TRUNKLINE_DATABASE_URL: 'postgres://trunkline_payments:secret@127.0.0.1:5432/trunkline',
};

describe('the environment of a consumer service', () => {
  it('needs brokers, registry and Postgres, and nothing else', () => {
    expect(readEnvironment(config, complete)).toMatchObject({
      ok: true,
      config: { retryTiers: ['10s', '1m', '10m', '1h'], redis: undefined },
    });
  });

  it('is complained about all at once', () => {
    const reading = readEnvironment(config, { TRUNKLINE_DATABASE_URL: 'mysql://secret@host/db' });

    expect(reading.ok ? [] : reading.problems.map(({ variable }) => variable)).toEqual([
      'TRUNKLINE_KAFKA_BROKERS',
      'TRUNKLINE_REGISTRY_URL',
      'TRUNKLINE_DATABASE_URL',
    ]);
    expect(JSON.stringify(reading)).not.toContain('secret');
  });

  it('takes the address of a Redis, and nothing else for one', () => {
    const given = (url: string) => readEnvironment(config, { ...complete, TRUNKLINE_REDIS_URL: url });

    expect(given('rediss://redis:6379/1')).toMatchObject({
      ok: true,
      config: { redis: { url: 'rediss://redis:6379/1' } },
    });
    expect(given('redis:6379')).toMatchObject({ ok: false, problems: [{ variable: 'TRUNKLINE_REDIS_URL' }] });
  });

  it('does not let a handler end before a statement would', () => {
    const reading = readEnvironment(config, { ...complete, TRUNKLINE_HANDLER_DEADLINE_MS: '10000' });

    expect(reading.ok ? [] : reading.problems.map(({ variable }) => variable)).toEqual([
      'TRUNKLINE_HANDLER_DEADLINE_MS',
    ]);
  });
});
