import { type EndpointId, endpointIdOf, tenantsWithEndpoints } from '@trunkline/delivery';
import type { Database } from '@trunkline/postgres';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';

/** Tells that there is no such endpoint. */
export function noSuchEndpoint(id: EndpointId, { output }: CommandContext): ExitName {
  return output.failure({
    exit: 'not_found',
    code: 'not_found',
    message: `there is no endpoint ${id}, or it is deleted`,
    fix: 'trunkline endpoints list',
  });
}

/** The id of an argument; throws `config_invalid` for what is none. */
export const endpointArgument: (text: string) => EndpointId = endpointIdOf;

/** The tenant that was named, else every tenant that has an endpoint or had one. */
export async function tenantsAsked(
  database: Database,
  tenant: string | undefined,
  context: CommandContext,
): Promise<readonly string[]> {
  if (tenant === undefined) return await tenantsWithEndpoints(database, context.signal);
  await requireListed({ tenant }, context);
  return [tenant];
}
