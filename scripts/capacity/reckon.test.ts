import { describe, expect, it } from 'vitest';

import { type Costs, endsOf, needsOf } from './reckon.ts';

const costs: Costs = {
  ingressUs: 300,
  consumerUs: 100,
  journalUs: 50,
  postgresOfConsumerUs: 100,
  postgresOfJournalUs: 10,
  deliveryBytes: 2_000,
  eventBytes: 1_000,
  rowBytes: 1_000,
  walBytes: 2_000,
  journalRowBytes: 500,
  journalWalBytes: 1_000,
  consumerPerSecond: 10_000,
};

describe('what a rate needs', () => {
  it('is no less than two processes of each kind, three brokers and twelve partitions', () => {
    const needs = needsOf(100, costs);

    expect(needs.processes).toEqual({ ingress: 2, consumers: 2, journal: 2 });
    expect(needs).toMatchObject({ partitions: 12, kafka: { brokers: 3 }, postgres: { servers: 1 } });
  });

  it('grows with the rate by what one event costs', () => {
    const needs = needsOf(100_000, costs);

    // 30 cores of which 0.65 are used; 10 of consumers, which apply 6,500 a second each; 5 of the journal.
    expect(needs.processes).toEqual({ ingress: 47, consumers: 16, journal: 8 });
    expect(needs.cores).toBeCloseTo(45);
    expect(needs.memoryBytes).toBe(71 * 512 * 2 ** 20);
    expect(needs.partitions).toBe(16);
    expect(needs.kafka).toMatchObject({ inBytesPerSecond: 300e6, writtenBytesPerSecond: 900e6, brokers: 6 });
    expect(needs.kafka.outBytesPerSecond).toBe(400e6);
    expect(needs.kafka.diskBytes).toBe(900e6 * 7 * 86_400);
    expect(needs.postgres).toMatchObject({ walBytesPerSecond: 200e6, cores: 10, servers: 1 });
    expect(needs.journal.bytesPerDay).toBe(500 * 100_000 * 86_400);
  });

  it('is more than one Postgres where its cores or its log are full', () => {
    expect(needsOf(110_000, costs).postgres.servers).toBe(2);
    expect(needsOf(60_000, { ...costs, postgresOfConsumerUs: 200 }).postgres.servers).toBe(2);
  });
});

it('ends where partitions, or one Postgres, are full', () => {
  const ends = endsOf(costs);

  expect(ends).toEqual({ partitions: 78_000, postgres: 100_000, journal: 200_000 });
});
