/** Two alerts of the fire drill; all of them: `npm run faults -- --drill`. */
import { afterAll, describe, expect, it } from 'vitest';

import { prometheusBinary } from '../../prometheus/prometheus.ts';
import { createServerPool, startShortServers } from '../servers.ts';
import { createWorld, inWorld } from '../world.ts';
import { drills } from './drills.ts';
import { runDrill } from './run-drill.ts';

const problem = prometheusBinary.isThere() ? undefined : `${prometheusBinary.path} was not built: npm run prometheus`;

it('finds a Prometheus', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

describeWhereItCanRun('an alert', () => {
  const pool = createServerPool(startShortServers);
  afterAll(async () => {
    await pool.stop();
  });

  it.each(['ConsumerStandsStill', 'WebhooksRefusedHere'])(
    '%s fires while its fault is on, and clears',
    async (name) => {
      const drill = drills.get(name);
      if (drill === undefined) throw new Error(`there is no drill for ${name}`);

      const outcome = await pool.lend({}, async (servers) => {
        const world = await createWorld(servers.stack.endpoints, {}, {});
        return inWorld(world, () => runDrill(name, drill, { world, servers }));
      });

      expect(outcome).toMatchObject({ alert: name });
    },
  );
});
