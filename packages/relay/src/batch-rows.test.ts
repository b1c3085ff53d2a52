import { describe, expect, it } from 'vitest';

import { createBatchRows } from './batch-rows.ts';

const limits = { maxRows: 100, maxBytes: 10_000 };

describe('a turn asks for', () => {
  it('not all the rows that it may before it has seen any, and for all while they are small', () => {
    const batch = createBatchRows({ ...limits, maxRows: 1_000 });
    expect(batch.ask()).toBe(250);

    batch.found({ rows: 50, bytes: 500 });

    expect(batch.ask()).toBe(1_000);
  });

  it('no more rows than it may, however small they are', () => {
    const batch = createBatchRows(limits);
    expect(batch.ask()).toBe(100);

    batch.found({ rows: 50, bytes: 50 });

    expect(batch.ask()).toBe(100);
  });

  it('as many as fit into its bytes, while they are large, and one at least', () => {
    const batch = createBatchRows(limits);

    batch.found({ rows: 3, bytes: 9_000 });
    expect(batch.ask()).toBe(4);
    batch.found({ rows: 1, bytes: 50_000 });
    expect(batch.ask()).toBe(1);
  });

  it('no other number because there was nothing to read', () => {
    const batch = createBatchRows(limits);
    batch.found({ rows: 3, bytes: 9_000 });

    batch.found({ rows: 0, bytes: 0 });

    expect(batch.ask()).toBe(4);
  });
});
