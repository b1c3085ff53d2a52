import { createHash } from 'node:crypto';

import { timeOrderedHex, TrunklineError, uuidText } from '@trunkline/core';

/** `ep_` + 32 hex digits of a UUIDv7 (docs/records.md, "Webhooks out"). */
export type EndpointId = `ep_${string}`;

export function newEndpointId(nowMs: number): EndpointId {
  return `ep_${timeOrderedHex(nowMs)}`;
}

export function isEndpointId(text: string): text is EndpointId {
  return /^ep_[0-9a-f]{32}$/.test(text);
}

/** Throws `config_invalid` for what is no id of an endpoint. */
export function endpointIdOf(text: string): EndpointId {
  if (isEndpointId(text)) return text;
  throw new TrunklineError('config_invalid', `${JSON.stringify(text)} is no endpoint: ep_ and 32 hexadecimal digits`);
}

/** The uuid column form. */
export function endpointUuid(id: EndpointId): string {
  return uuidText(id.slice('ep_'.length));
}

export function endpointIdOfUuid(uuid: string): EndpointId {
  return `ep_${uuid.replaceAll('-', '')}`;
}

/** Which of the 256 shards an endpoint is in, for ever: the first byte of the SHA-256 of its id. */
export function shardOf(id: EndpointId): number {
  return createHash('sha256').update(id).digest().readUInt8(0);
}

/** `job_` + 32 hex digits of a UUIDv7. */
export type JobId = `job_${string}`;

export function newJobId(nowMs: number): JobId {
  return `job_${timeOrderedHex(nowMs)}`;
}

export function isJobId(text: string): text is JobId {
  return /^job_[0-9a-f]{32}$/.test(text);
}

/** The uuid column form. */
export function jobUuid(id: JobId): string {
  return uuidText(id.slice('job_'.length));
}

export function jobIdOfUuid(uuid: string): JobId {
  return `job_${uuid.replaceAll('-', '')}`;
}
