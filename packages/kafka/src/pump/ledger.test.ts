import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PartitionLedger } from './ledger.ts';

describe('the ledger of a partition', () => {
  it('has nothing to commit before anything is finished', () => {
    const ledger = new PartitionLedger();

    ledger.deliver(5n);

    expect(ledger.committable).toBeUndefined();
    expect(ledger.unfinished).toBe(1);
  });

  it('never passes an unfinished record, in whatever order the others end', () => {
    const ledger = new PartitionLedger();
    const [first, second, third] = [ledger.deliver(10n), ledger.deliver(11n), ledger.deliver(12n)];

    ledger.finish(third);
    ledger.finish(second);
    expect(ledger.committable).toBeUndefined();
    ledger.finish(first);

    expect(ledger.committable).toBe(13n);
    expect(ledger.unfinished).toBe(0);
  });

  it('follows the order of delivery across gaps in the offsets', () => {
    const ledger = new PartitionLedger();
    const [first, second] = [ledger.deliver(3n), ledger.deliver(90n)];

    ledger.finish(first);
    expect(ledger.committable).toBe(4n);
    ledger.finish(second);

    expect(ledger.committable).toBe(91n);
  });

  it('commits past the end of a batch once all of it is finished, though its last offset was never handed over', () => {
    const ledger = new PartitionLedger();
    const entry = ledger.deliver(7n);
    ledger.endBatch(9n);

    expect(ledger.committable).toBeUndefined();
    ledger.finish(entry);

    expect(ledger.committable).toBe(10n);
  });

  it('forgets what it has passed without losing its place', () => {
    const ledger = new PartitionLedger();
    const entries = Array.from({ length: 10_000 }, (_, offset) => ledger.deliver(BigInt(offset)));

    for (const [offset, entry] of entries.entries()) {
      ledger.finish(entry);
      expect(ledger.committable).toBe(BigInt(offset) + 1n);
      expect(ledger.unfinished).toBe(9_999 - offset);
    }
  });

  it('commits exactly up to the first unfinished record after any history of many records', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4_000 }), { minLength: 1, maxLength: 4_000 }), (order) => {
        const ledger = new PartitionLedger();
        const entries = Array.from({ length: 4_001 }, (_, offset) => ledger.deliver(BigInt(offset)));
        const done = new Set<number>();

        for (const index of order) {
          const entry = entries[index];
          if (entry !== undefined) ledger.finish(entry);
          done.add(index);
        }

        let firstOpen = 0;
        while (done.has(firstOpen)) firstOpen += 1;
        expect(ledger.committable).toBe(firstOpen === 0 ? undefined : BigInt(firstOpen));
      }),
      { numRuns: 30 },
    );
  });
});
