import os from 'node:os';

import { TrunklineError } from '@trunkline/core';

import type { CommandContext } from '../context.ts';

const mostCharacters = 128;

/** Who does it: TRUNKLINE_ACTOR, else the user of the operating system. It goes into headers and into the audit. */
export function actorOf({ settings }: CommandContext): string {
  const actor = settings.environment['TRUNKLINE_ACTOR'] ?? '';
  const name = actor === '' ? userName() : actor;
  if (/^[\x20-\x7e]+$/.test(name) && name.length <= mostCharacters) return name;
  throw new TrunklineError(
    'config_invalid',
    `TRUNKLINE_ACTOR must be 1 to ${mostCharacters} printable ASCII characters: who does this`,
  );
}

/** A container's user may have a number and no name. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
