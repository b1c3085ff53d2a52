import { hash } from 'node:crypto';

/** 64 bits of a record key, signed as a bigint of Postgres is: finds the records of an entity without keeping its key. */
export function keyHash(key: Uint8Array): bigint {
  // By way of text: bytes of its own for each digest cost the collector twice what the digest costs.
  return BigInt.asIntN(64, BigInt(`0x${hash('sha1', key, 'hex').slice(0, 16)}`));
}
