import { afterAll, expect, it } from 'vitest';

import { renderOutcome } from './report.ts';
import { type FaultRow, shortScale } from './row.ts';
import { runRow } from './run-row.ts';
import { createServerPool, startShortServers } from './servers.ts';
import { createWorld, inWorld } from './world.ts';

/** Fixed, so that a failure here is repeated by the line it prints. */
const seed = 20_261_122;

/** A test for each row that has a short form, on servers of this file. */
export function testShortForms(rows: readonly FaultRow[]): void {
  const pool = createServerPool(startShortServers);
  afterAll(async () => {
    await pool.stop();
  });

  for (const row of rows) {
    const scale = shortScale(row);
    if (scale === undefined) continue;
    it(`${row.id}, ${row.title}: nothing lost, nothing doubled (short)`, async (context) => {
      const reason = await row.cannotRun?.();
      if (reason !== undefined) context.skip(`cannot run here: ${reason}`);
      const startedAt = performance.now();

      const report = await pool.lend(row, async (servers) => {
        const world = await createWorld(servers.stack.endpoints, row, scale);
        return inWorld(world, () => runRow(row, { world, servers, scale, seed, onProgress: () => undefined }));
      });

      process.stdout.write(
        `${renderOutcome({ row, seed, undone: undefined, report, seconds: (performance.now() - startedAt) / 1_000 })}\n`,
      );
      expect(report.judgement.promised).toBeGreaterThanOrEqual(scale.deliveries);
      expect(report.strikes).toBe(scale.strikes);
      expect(report.judgement.lost).toEqual([]);
      expect(report.judgement.doubled).toEqual([]);
      expect(report.broken ?? []).toEqual([]);
    });
  }
}
