import { uuidText } from '@trunkline/core';

/** `rpl_` and the 32 hex digits of a uuid: no other job is called so. */
export type ReplayId = `rpl_${string}`;

export function isReplayId(text: string): text is ReplayId {
  return /^rpl_[0-9a-f]{32}$/.test(text);
}

export function replayIdOf(uuid: string): ReplayId {
  return `rpl_${uuid.replaceAll('-', '')}`;
}

export function replayUuid(id: ReplayId): string {
  return uuidText(id.slice('rpl_'.length));
}
