import type { Attempt, Mistake } from './mistake.ts';
import { mismatches } from './mistake.ts';
import { changedSecret, secretWords, withSecret } from './secrets.ts';

/** Copied along with the secret, or left by `echo` in a file: white space or quotes around it. */
export const secretSpace: Mistake = {
  name: 'secret_white_space',
  action: 'remove the white space around the secret',
  steps: [...mismatches, 'no_usable_secret', 'unknown_key'],
  *attempts({ source }): Iterable<Attempt> {
    for (const [index, secret] of source.settings.secrets.entries()) {
      const text = secret.reveal();
      const words = secretWords(secret, index);
      const trimmed = text.trim();
      const bare = trimmed.replace(/^(["'`])(.*)\1$/s, '$2');
      const unbroken = text.replaceAll(/\s/g, '');
      const variants: readonly (readonly [changed: string, would: string])[] = [
        [trimmed, `${words} had no white space around it`],
        [bare, `${words} had no quotes around it`],
        [unbroken, `${words} had no white space in it`],
        // The sender's side of the same mistake: it signs with what its own configuration has at the end.
        [`${text}\n`, `${words} ended in a newline: the sender signs with one at its end`],
        [`${text} `, `${words} ended in a blank: the sender signs with one at its end`],
      ];
      for (const [changed, would] of variants) {
        if (changed !== text && changed.trim() !== '')
          yield { would, source: withSecret(source, changedSecret(secret, changed)) };
      }
    }
  },
};
