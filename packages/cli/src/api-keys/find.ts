import { TrunklineError } from '@trunkline/core';
import { isKeyId, type KeyId } from '@trunkline/http-api/keys';

import type { CommandContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';

/** The id of an argument; throws `config_invalid` for what is none. */
export function keyArgument(text: string): KeyId {
  if (isKeyId(text)) return text;
  throw new TrunklineError('config_invalid', 'a key is named by key_ and 16 hexadecimal digits, never by its token');
}

/** Tells that there is no such key. */
export function noSuchKey(id: KeyId, { output }: CommandContext): ExitName {
  return output.failure({
    exit: 'not_found',
    code: 'not_found',
    message: `there is no API key ${id}`,
    fix: 'trunkline api-keys list',
  });
}
