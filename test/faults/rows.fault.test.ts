import { afterAll, beforeAll, expect, it } from 'vitest';

import { renderOutcome } from './report.ts';
import { faultRows } from './rows.ts';
import { type FaultServers, startFaultServers } from './servers.ts';
import { createWorld, inWorld } from './world.ts';

/** Fixed, so that a failure here is repeated by the line it prints. */
const seed = 20_261_122;

let servers: FaultServers;
beforeAll(async () => {
  servers = await startFaultServers({});
});
afterAll(async () => {
  await servers.stop();
});

for (const row of faultRows) {
  it(`${row.id}, ${row.title}: nothing lost, nothing doubled (short)`, async () => {
    const world = await createWorld(servers.stack.endpoints, { redis: row.usesRedis === true });
    const startedAt = performance.now();

    const report = await inWorld(world, () =>
      row.run({ world, servers, scale: row.short, seed, onProgress: () => undefined }),
    );

    process.stdout.write(
      `${renderOutcome({ row, seed, undone: undefined, report, seconds: (performance.now() - startedAt) / 1_000 })}\n`,
    );
    expect(report.judgement.promised).toBeGreaterThanOrEqual(row.short.deliveries);
    expect(report.strikes).toBe(row.short.strikes);
    expect(report.judgement.lost).toEqual([]);
    expect(report.judgement.doubled).toEqual([]);
    expect(report.broken ?? []).toEqual([]);
  });
}
