import { TrunklineError } from '@trunkline/core';
import { type ProviderDefinition, type ProviderSource, Secret } from '@trunkline/providers';
import type { SourceCatalog } from '@trunkline/sources';

import type { CaseSettings } from '../capture/json-capture.ts';
import type { CommandContext } from '../context.ts';
import { findProvider, pickSource } from '../pick-source.ts';
import { readSecret } from '../secret-reference.ts';
import { openCatalog, readSources } from '../source-access.ts';

/** What says which secrets and options apply: a provider, then a configured source or secrets beside it. */
export type SourceWish = CaseSettings & { readonly provider: string };

export interface SourceFinder {
  find(wish: SourceWish): Promise<ProviderSource>;
  /** Every other configured source of the provider; none where there is no sources file, or one with mistakes. */
  others(source: ProviderSource): Promise<readonly ProviderSource[]>;
}

/** Reads the sources file at most once, and not at all while nobody asks for a source. */
export function createSourceFinder(context: CommandContext): SourceFinder {
  let opened: Promise<SourceCatalog> | undefined;
  let listed: Promise<readonly ProviderSource[]> | undefined;
  return {
    async find(wish) {
      const provider = findProvider(wish.provider);
      if (wish.secrets !== undefined && wish.secrets.length > 0) return sourceOfSecrets(provider, wish, context);
      opened ??= openCatalog(context);
      return pickSource(await opened, { provider, sourceId: wish.source }).source;
    },
    async others({ provider, settings }) {
      listed ??= listSources(context);
      return (await listed).filter(
        (source) => source.provider.name === provider.name && source.settings.sourceId !== settings.sourceId,
      );
    },
  };
}

async function listSources(context: CommandContext): Promise<readonly ProviderSource[]> {
  if (context.settings.find('sourcesFile') === undefined) return [];
  const read = await readSources(context);
  return 'catalog' in read ? read.catalog.all() : [];
}

async function sourceOfSecrets(
  provider: ProviderDefinition,
  wish: SourceWish,
  context: CommandContext,
): Promise<ProviderSource> {
  if (wish.source !== undefined)
    throw new TrunklineError('config_invalid', 'give either a source or a secret, not both');
  const parsed = provider.options.safeParse(wish.options ?? {});
  if (!parsed.success) {
    const flaws = parsed.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new TrunklineError(
      'config_invalid',
      `${provider.name} cannot be used with these options (${flaws.join('; ')}): give --options, or a configured --source`,
    );
  }
  const secrets: Secret[] = [];
  for (const [index, text] of (wish.secrets ?? []).entries()) {
    const isReference = text.startsWith('env:');
    const value = isReference ? await readSecret(text, context.settings) : text;
    secrets.push(new Secret(value, { name: isReference ? text : `secret ${index + 1}` }));
  }
  return {
    provider,
    settings: {
      sourceId: 'src_verify',
      tenantId: 'tnt_verify',
      secrets,
      options: parsed.data,
      ...(wish.account === undefined ? {} : { account: wish.account }),
    },
  };
}
