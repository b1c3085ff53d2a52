import { hash } from 'node:crypto';

/** 64 bits of a record key, signed as a bigint of Postgres is: finds the records of an entity without keeping its key. */
export function keyHash(key: Uint8Array): bigint {
  return hash('sha1', key, 'buffer').readBigInt64BE(0);
}
