import type { Secret } from '@trunkline/providers';

import type { Attempt, Mistake } from './mistake.ts';
import { mismatches } from './mistake.ts';
import { bytesSecret, changedSecret, secretWords, withSecret } from './secrets.ts';

/** The two ends take different things for the key: the text of the secret, or what it decodes to. */
export const secretEncoding: Mistake = {
  name: 'secret_encoding',
  action: 'set the secret as the provider shows it',
  steps: [...mismatches, 'no_usable_secret', 'unknown_key', 'unsupported_version'],
  *attempts({ source }): Iterable<Attempt> {
    for (const [index, secret] of source.settings.secrets.entries()) {
      for (const { words, changed } of formsOf(secret)) {
        yield { would: `${secretWords(secret, index)} ${words}`, source: withSecret(source, changed) };
      }
    }
  },
};

interface SecretForm {
  readonly words: string;
  readonly changed: Secret;
}

const prefix = /^(whsec_|whsk_|whpk_|sk_|v1_)/;
const base64 = /^[A-Za-z0-9+/_-]{8,}={0,2}$/;
const hexadecimal = /^(?:[0-9a-f]{2}){4,}$/i;

function formsOf(secret: Secret): readonly SecretForm[] {
  const text = secret.reveal().trim();
  if (text === '') return [];
  const bare = text.replace(prefix, '');
  const key = (value: string): Secret => changedSecret(secret, value);
  const decoded = base64.test(bare) ? Buffer.from(bare, 'base64') : undefined;
  const bytes = hexadecimal.test(bare) ? Buffer.from(bare, 'hex') : undefined;
  return [
    ...(bare === text
      ? [{ words: 'began with whsec_', changed: key(`whsec_${text}`) }]
      : [{ words: 'were used without its prefix', changed: key(bare) }]),
    ...(decoded === undefined ? [] : [{ words: decodedWords('base64'), changed: bytesSecret(secret, decoded) }]),
    ...(bytes === undefined ? [] : [{ words: decodedWords('hex'), changed: bytesSecret(secret, bytes) }]),
    // Where the scheme decodes base64 itself, the text as key is the base64 of the text.
    { words: 'were the key as it is written, not decoded from base64', changed: key(`whsec_${encoded(text)}`) },
    { words: 'were the key as written behind its prefix, not decoded', changed: key(`whsec_${encoded(bare)}`) },
    ...(bytes === undefined
      ? []
      : [{ words: 'were decoded from hex, not from base64', changed: key(`whsec_${bytes.toString('base64')}`) }]),
    ...(decoded === undefined ? [] : [{ words: 'were its base64 in hex', changed: key(decoded.toString('hex')) }]),
    ...(bytes === undefined ? [] : [{ words: 'were its hex in base64', changed: key(bytes.toString('base64')) }]),
    { words: 'were in lower case', changed: key(text.toLowerCase()) },
  ].filter(({ changed }) => changed.reveal() !== secret.reveal());
}

function decodedWords(encoding: 'base64' | 'hex'): string {
  return `were decoded from ${encoding} first: the sender signs with the bytes, this provider with the text`;
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
