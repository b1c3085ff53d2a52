import { liveSecrets } from '@trunkline/providers';

import { openCatalog } from '../source-access.ts';
import { type Check, failed, few, ok } from './check.ts';

/** A source without a usable secret refuses everything it is sent. */
export const sourceSecrets: Check = {
  name: 'secrets',
  requires: ['sources'],
  async run(context) {
    const enabled = (await openCatalog(context)).all().filter((source) => source.state === 'enabled');
    const without = enabled.filter((source) => liveSecrets(source.settings.secrets, context.clock()).length === 0);
    return without.length === 0
      ? ok(`each of ${enabled.length} enabled sources has a usable secret`)
      : failed(
          `without a usable secret, so everything sent to them is refused: ${few(without.map((source) => source.sourceId))}`,
          'set the variables that their `secrets` name, in the environment or the secrets file',
        );
  },
};
