import { type ProviderSource, Secret } from '@trunkline/providers';

/** How a secret is called: its place and the reference it was read from, never its value. */
export function secretWords(secret: Secret, index: number): string {
  return secret.name === undefined || /^secret \d+$/.test(secret.name)
    ? `secret ${index + 1}`
    : `secret ${index + 1} (${secret.name})`;
}

/** The source with one secret instead of its own. */
export function withSecret(source: ProviderSource, secret: Secret): ProviderSource {
  return { ...source, settings: { ...source.settings, secrets: [secret] } };
}

/** The same secret with another text: its name and key id stay. Its date does not: it is asked what would fit. */
export function changedSecret(secret: Secret, value: string): Secret {
  return new Secret(value, optionsOf(secret));
}

/**
 * A secret whose value is bytes. `reveal` says text, and every keyed hash takes bytes as well; a provider that reads its
 * secret as text throws at them, which `verifyDelivery` makes a refusal of. For diagnosis only.
 */
class BytesSecret extends Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, options: ConstructorParameters<typeof Secret>[1]) {
    super('bytes', options);
    this.#bytes = bytes;
  }

  override reveal(): string {
    // Not a string, on purpose: see above. node:crypto, where it ends, takes both.
    return this.#bytes as unknown as string;
  }
}

export function bytesSecret(secret: Secret, bytes: Uint8Array): Secret {
  return new BytesSecret(bytes, optionsOf(secret));
}

function optionsOf({ name, keyId }: Secret): ConstructorParameters<typeof Secret>[1] {
  return { ...(name === undefined ? {} : { name }), ...(keyId === undefined ? {} : { keyId }) };
}
