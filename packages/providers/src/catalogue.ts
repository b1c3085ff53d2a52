import type { ProviderDefinition } from './contract/provider.ts';
import { generic } from './generic/index.ts';
import { stripe } from './stripe/index.ts';

/** Every provider Trunkline knows: one line each. */
export const providers = [stripe, generic] as const;

const byName: ReadonlyMap<string, ProviderDefinition> = new Map<string, ProviderDefinition>(
  providers.map((provider) => [provider.name, provider]),
);

/**
 * The provider of that name. Its options have the type `unknown` here: whoever pairs it with settings parses them with
 * its own `options` schema first, as packages/sources does.
 */
export function providerNamed(name: string): ProviderDefinition | undefined {
  return byName.get(name);
}
