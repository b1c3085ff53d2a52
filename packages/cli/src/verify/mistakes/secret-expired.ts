import type { Attempt, Mistake } from './mistake.ts';
import { mismatches } from './mistake.ts';
import { changedSecret, secretWords, withSecret } from './secrets.ts';

/** The old secret of a rotation, and the sender has not changed to the new one. */
export const secretExpired: Mistake = {
  name: 'secret_expired',
  action: 'make the sender use the new secret, or move `notAfter`',
  steps: [...mismatches, 'no_usable_secret', 'unknown_key', 'unsupported_version'],
  *attempts({ source, nowMs }): Iterable<Attempt> {
    for (const [index, secret] of source.settings.secrets.entries()) {
      const { notAfterMs } = secret;
      if (notAfterMs === undefined || notAfterMs > nowMs) continue;
      yield {
        would: `${secretWords(secret, index)} still counted: its notAfter was ${new Date(notAfterMs).toISOString()}`,
        source: withSecret(source, changedSecret(secret, secret.reveal())),
      };
    }
  },
};
