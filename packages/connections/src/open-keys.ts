import { type Environment, readSecretReference } from '@trunkline/runtime/environment';
import { type KeyList, readKeyList } from '@trunkline/vault';

/** The list of keys with the keys behind its references: variables, or files with nothing else in them. Throws `config_invalid`. */
export function openKeys(text: string, environment: Environment): KeyList {
  return readKeyList(text, (reference) => readSecretReference(reference, environment));
}
