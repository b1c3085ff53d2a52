import path from 'node:path';

import { failed, few, ok, skipped } from '@trunkline/operations';

import type { CommandCheck } from './command-check.ts';

/** Java, Maven, ports and disk for the embedded stack. Only where it would be started from here. */
export const tools: CommandCheck = {
  name: 'tools',
  requires: [],
  async run({ settings }) {
    const found = settings.find('kafkaBrokers');
    if (found !== undefined && found.origin !== 'run.json')
      return skipped('Kafka is named by hand, so no embedded stack is needed');
    if (settings.run !== undefined && settings.run.stack.kind !== 'embedded')
      return skipped(`the run of npm start has servers of another kind (${settings.run.stack.kind})`);
    // Loaded when it is needed: no other command has to do with the stack's own processes.
    const { preflight } = await import('@trunkline/stack');
    const checks = await preflight({
      env: settings.environment,
      dataDir: path.join(settings.root, '.trunkline', 'data'),
    });
    const bad = checks.filter((check) => !check.ok);
    return bad.length === 0
      ? ok(
          few(checks.filter((check) => ['java', 'maven'].includes(check.name)).map((check) => check.detail)) ||
            few(checks.map((check) => check.detail)),
        )
      : failed(
          bad.map((check) => check.detail).join('; '),
          bad.every(({ name }) => name === 'ports')
            ? 'stop what listens there, or start with the other ports it names'
            : 'install what is missing, or use other servers: TRUNKLINE_STACK=docker | env',
        );
  },
};
