import { type CallsSummary, callsSummary } from '@trunkline/connections';
import { getJson } from '@trunkline/operations/http';
import { z } from 'zod';

import type { CommandContext } from '../context.ts';
import { consumerAddresses, operatorToken } from '../service-addresses.ts';

export interface ServiceCalls {
  readonly service: string;
  readonly calls: CallsSummary;
}

const debugPage = z.object({ calls: callsSummary.optional() });

/** What the services that call providers say of their calls at this moment; who does not answer says nothing. */
export async function readCalls(
  { settings }: Pick<CommandContext, 'settings'>,
  signal: AbortSignal,
): Promise<readonly ServiceCalls[]> {
  const token = operatorToken(settings);
  const told = await Promise.all(
    consumerAddresses(settings).map(async ({ name, url }): Promise<readonly ServiceCalls[]> => {
      const { body } = await getJson(name, `${url}/debug`, { signal, token, deadlineMs: 3_000 }).catch(() => ({
        body: undefined,
      }));
      const page = debugPage.safeParse(body);
      return page.data?.calls === undefined ? [] : [{ service: name, calls: page.data.calls }];
    }),
  );
  return told.flat();
}
