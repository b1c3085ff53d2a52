import { few, ok, warning } from '@trunkline/operations';
import type { ConfiguredSource } from '@trunkline/sources';
import { z } from 'zod';

import { openCatalog } from '../source-access.ts';
import type { CommandCheck } from './command-check.ts';

/** Of a provider whose events are found by pointers that the source gives. */
const pointerOptions = z.object({ event: z.object({ id: z.string().optional() }) });

/** Without the provider's own id every reception is another event, and a webhook that is repeated has two effects. */
export const sourceIds: CommandCheck = {
  name: 'ids',
  requires: ['sources'],
  async run(context) {
    const enabled = (await openCatalog(context)).all().filter((source) => source.state === 'enabled');
    const without = enabled.filter(lacksIdPointer).map(({ sourceId }) => sourceId);
    return without.length === 0
      ? ok('every source says where the id of an event is')
      : warning(
          `no id pointer, so a repeated webhook is a new event: ${few(without)}`,
          'set options.event.id of the source to where the sender puts a unique id, such as /id or /data/id',
        );
  },
};

function lacksIdPointer({ settings }: ConfiguredSource): boolean {
  const options = pointerOptions.safeParse(settings.options);
  return options.success && options.data.event.id === undefined;
}
