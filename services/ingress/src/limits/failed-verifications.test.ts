import { describe, expect, it } from 'vitest';

import {
  createFailedVerifications,
  type FailedVerifications,
  provenForMs,
  senderPair,
} from './failed-verifications.ts';

const limits = { failedVerificationsPerMinute: 10, failedVerificationAddresses: 100 };
const attacker = senderPair('src_a', '198.51.100.1');

interface Clocked {
  readonly failures: FailedVerifications;
  readonly pass: (ms: number) => void;
}

function clocked(): Clocked {
  let nowMs = 5_000;
  return { failures: createFailedVerifications(limits, () => nowMs), pass: (ms) => (nowMs += ms) };
}

function fail(failures: FailedVerifications, times: number, pair = attacker): void {
  for (let count = 0; count < times; count += 1) failures.failed(pair);
}

describe('an address that fails', () => {
  it('is heard up to the limit, and then told how long to wait', () => {
    const { failures } = clocked();

    fail(failures, 9);
    const below = failures.waitMs(attacker);
    fail(failures, 1);

    expect([below, failures.waitMs(attacker)]).toEqual([0, 6_000]);
  });

  it('is heard again at the rate of the limit, however many failed together', () => {
    const { failures, pass } = clocked();
    fail(failures, 3_000);

    pass(6_000);
    const heard = failures.waitMs(attacker);
    fail(failures, 1);

    expect([heard, failures.waitMs(attacker)]).toEqual([0, 6_000]);
  });

  it('does not become less trusted by being refused', () => {
    const { failures, pass } = clocked();
    fail(failures, 10);

    for (let count = 0; count < 100; count += 1) failures.waitMs(attacker);
    pass(6_000);

    expect(failures.waitMs(attacker)).toBe(0);
  });

  it('stands for nobody else: no other address, no other source', () => {
    const { failures } = clocked();
    fail(failures, 50);

    const others = [senderPair('src_a', '198.51.100.2'), senderPair('src_b', '198.51.100.1')];

    expect(others.map((pair) => failures.waitMs(pair))).toEqual([0, 0]);
  });

  it('is not refused while it proves itself, as a provider does from whose addresses others send forgeries', () => {
    const { failures, pass } = clocked();
    fail(failures, 50);
    const before = failures.waitMs(attacker);

    failures.proven(attacker);
    fail(failures, 5_000);
    pass(provenForMs - 1);
    fail(failures, 5_000);
    const known = failures.waitMs(attacker);
    pass(1);

    expect([before, known, failures.waitMs(attacker)]).toEqual([6_000, 0, expect.closeTo(5_999, 0)]);
  });

  it('stays known for as long as it goes on proving itself', () => {
    const { failures, pass } = clocked();

    for (let hour = 0; hour < 48; hour += 1) {
      failures.proven(attacker);
      pass(3_600_000);
    }
    fail(failures, 50);

    expect(failures.waitMs(attacker)).toBe(0);
  });

  it('is forgotten when there are too many, and those known to be good are not', () => {
    const { failures } = clocked();
    const provider = senderPair('src_a', '203.0.113.1');
    failures.proven(provider);
    fail(failures, 50);

    for (let host = 0; host < 1_000; host += 1)
      fail(failures, 1, senderPair('src_a', `10.0.${host >> 8}.${host & 255}`));
    fail(failures, 50, provider);

    expect([failures.waitMs(attacker), failures.waitMs(provider)]).toEqual([0, 0]);
  });
});

describe('an IPv6 address', () => {
  it.for([
    ['2001:db8::1', '2001:db8::ffff:1', true],
    ['2001:db8:0:1::', '2001:db8:0:1:a:b:c:d', true],
    ['2001:db8:0:1::', '2001:db8:0:2::', false],
    ['::1', '::2', true],
    ['::1', '1::1', false],
    ['fe80::1', 'fe80:0:0:1::1', false],
  ] as const)('counts with its /64: %s and %s the same: %s', ([one, other, same]) => {
    expect(senderPair('src_a', one) === senderPair('src_a', other)).toBe(same);
  });
});
