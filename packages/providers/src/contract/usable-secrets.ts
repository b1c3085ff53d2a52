import type { ProviderDefinition, ProviderSource } from './provider.ts';
import { type LiveSecret, liveSecrets, type Secret } from './secret.ts';

/** The secrets that can prove something at an instant: live, and of a form that the source's scheme can use. */
export function usableSecrets(source: ProviderSource, nowMs: number): readonly LiveSecret[] {
  return liveSecrets(source.settings.secrets, nowMs).filter(
    ({ secret }) => secretFlaw(source.provider, source.settings.options, secret) === undefined,
  );
}

/** See SecretFacts.flawOf. White space around a value is a flaw of its own, which is told elsewhere. */
export function secretFlaw(provider: ProviderDefinition, options: unknown, secret: Secret): string | undefined {
  return provider.secrets.flawOf(secret.reveal().trim(), options);
}
