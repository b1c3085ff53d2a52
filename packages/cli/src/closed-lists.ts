import { TrunklineError } from '@trunkline/core';
import { catalogue } from '@trunkline/events';
import { suggestion } from '@trunkline/sources/nearest';

import type { CommandContext } from './context.ts';
import { readSources } from './source-access.ts';

/** What a command is asked to narrow down by. */
export interface ListedNames {
  readonly type?: string | undefined;
  readonly tenant?: string | undefined;
  readonly source?: string | undefined;
}

/**
 * Throws `source_unknown` for a name that no list has: whoever waits for a misspelt one waits for ever. Tenants and
 * sources are those of the sources file; without one that can be read any name will do.
 */
export async function requireListed({ type, tenant, source }: ListedNames, context: CommandContext): Promise<void> {
  if (type !== undefined)
    requireOneOf(
      'event type',
      type,
      Object.values(catalogue).flatMap(({ types }) => Object.keys(types)),
    );
  if (tenant === undefined && source === undefined) return;
  if (context.settings.find('sourcesFile') === undefined) return;
  const read = await readSources(context);
  if (!('catalog' in read)) return;
  const { catalog } = read;
  if (source !== undefined)
    requireOneOf(
      'source',
      source,
      catalog.all().map(({ sourceId }) => sourceId),
    );
  if (tenant !== undefined) requireOneOf('tenant', tenant, catalog.tenants());
}

/** Throws `source_unknown` with what was probably meant. */
export function requireOneOf(kind: string, given: string, known: readonly string[]): void {
  if (!known.includes(given)) refuseUnknown(kind, given, known);
}

/** Throws `source_unknown` with what was probably meant, or what there is. */
export function refuseUnknown(kind: string, given: string, known: readonly string[]): never {
  throw new TrunklineError(
    'source_unknown',
    `there is no ${kind} ${JSON.stringify(given)}: ${suggestion(given, known)}`,
  );
}
