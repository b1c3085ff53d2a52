import { readFileSync } from 'node:fs';

import { type KeyList, readKeyList } from '@trunkline/vault';

/** The list of keys with the keys behind its references: variables, or files with nothing else in them. Throws `config_invalid`. */
export function openKeys(text: string, environment: Readonly<Record<string, string | undefined>>): KeyList {
  return readKeyList(text, (reference) => {
    if (reference.startsWith('env:')) return environment[reference.slice('env:'.length)];
    try {
      return readFileSync(reference.slice('file:'.length), 'utf8');
    } catch {
      // What is not there, or may not be read, is told as nothing behind the reference.
      return undefined;
    }
  });
}
