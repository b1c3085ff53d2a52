import { inspect } from 'node:util';

export interface SecretOptions {
  /** The secret counts until this instant, exclusive: the old one of a rotation. Without it, until it is removed. */
  readonly notAfterMs?: number;
  /** What people call it: the reference it was read from (`env:X`). It is logged and archived, so it is no secret. */
  readonly name?: string;
  /** What the provider calls this one, where several are live at once and the request names one (a channel id). */
  readonly keyId?: string;
  /** When the file was written in which it stands alone; undefined where it has none. */
  readonly writtenAtMs?: number;
}

/**
 * A value that must not be seen: a shared secret, a token, or a verification key. Printing, logging or serialising it
 * gives `[secret]`; only `reveal()` gives the value, so every use can be found by its name.
 */
export class Secret {
  readonly #value: string;
  readonly name: string | undefined;
  readonly notAfterMs: number | undefined;
  readonly keyId: string | undefined;
  readonly writtenAtMs: number | undefined;

  constructor(value: string, options: SecretOptions = {}) {
    this.#value = value;
    this.name = options.name;
    this.notAfterMs = options.notAfterMs;
    this.keyId = options.keyId;
    this.writtenAtMs = options.writtenAtMs;
  }

  reveal(): string {
    return this.#value;
  }

  /** An empty or blank value is no secret: an HMAC with it could be made by anybody. */
  usable(nowMs: number): boolean {
    return this.#value.trim() !== '' && (this.notAfterMs === undefined || nowMs < this.notAfterMs);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

export interface LiveSecret {
  /** Its place in the source's configuration; the only thing about it that may be logged. */
  readonly index: number;
  readonly secret: Secret;
}

/** The secrets that count at an instant, with their places. */
export function liveSecrets(secrets: readonly Secret[], nowMs: number): readonly LiveSecret[] {
  return secrets.map((secret, index) => ({ index, secret })).filter(({ secret }) => secret.usable(nowMs));
}
