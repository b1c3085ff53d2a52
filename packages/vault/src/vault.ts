import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { netstrings } from '@trunkline/core';

import type { KeyList } from './key-list.ts';
import { seal, unseal } from './seal.ts';

/** Which row a secret stands in. A value that is moved to another row, tenant or generation does not open there. */
export interface Place {
  readonly tenantId: string;
  /** The row: the id of a connection. */
  readonly owner: string;
  /** Counts the secrets that the row has had. */
  readonly generation: number;
}

/** A data key, wrapped: it is in one row of `<schema>.vault_key`, and nowhere else. Deleting it shreds what it sealed. */
export interface WrappedKey {
  /** Which key of the list wrapped it. */
  readonly kekId: string;
  readonly dekWrapped: Buffer;
}

/** Envelope encryption: a key of its own for each row, wrapped by a key of the operator's list. */
export interface Vault {
  /** Seals the fields of a row under a new data key. */
  seal<Field extends string>(
    place: Place,
    fields: Readonly<Record<Field, string>>,
  ): { readonly key: WrappedKey; readonly sealed: Readonly<Record<Field, Buffer>> };
  /** One field of a row. Throws `secret_unreadable` where it is not what was sealed there, `config_invalid` without its key. */
  open(place: Place, key: WrappedKey, field: { readonly name: string; readonly sealed: Uint8Array }): string;
  /** The same data key under the newest key of the list; what it sealed is not touched, and not read. */
  rewrap(place: Place, key: WrappedKey): WrappedKey;
}

const dataKeyBytes = 32;

export function createVault(keys: KeyList): Vault {
  function unwrap(place: Place, { kekId, dekWrapped }: WrappedKey): Buffer {
    return unseal(keys.keyOf(kekId).key, dekWrapped, boundOf(place, 'dek', ''));
  }
  function wrap(place: Place, dataKey: Buffer): WrappedKey {
    return { kekId: keys.current.id, dekWrapped: seal(keys.current.key, dataKey, boundOf(place, 'dek', '')) };
  }
  return {
    seal<Field extends string>(place: Place, fields: Readonly<Record<Field, string>>) {
      const dataKey = randomBytes(dataKeyBytes);
      const key = createSecretKey(dataKey);
      const sealed: Partial<Record<Field, Buffer>> = {};
      for (const name in fields) sealed[name] = sealField(key, place, { name, value: fields[name] });
      const wrapped = wrap(place, dataKey);
      dataKey.fill(0);
      // Every field of `fields` was sealed above.
      return { key: wrapped, sealed: sealed as Readonly<Record<Field, Buffer>> };
    },
    open(place, wrapped, { name, sealed }) {
      const dataKey = unwrap(place, wrapped);
      const value = unseal(createSecretKey(dataKey), sealed, boundOf(place, 'field', name)).toString('utf8');
      dataKey.fill(0);
      return value;
    },
    rewrap(place, wrapped) {
      const dataKey = unwrap(place, wrapped);
      const next = wrap(place, dataKey);
      dataKey.fill(0);
      return next;
    },
  };
}

function sealField(
  key: KeyObject,
  place: Place,
  { name, value }: { readonly name: string; readonly value: string },
): Buffer {
  return seal(key, Buffer.from(value, 'utf8'), boundOf(place, 'field', name));
}

/** Netstrings, so that no two places are written alike. */
function boundOf({ tenantId, owner, generation }: Place, use: 'dek' | 'field', name: string): Buffer {
  return netstrings(['c1', use, tenantId, owner, String(generation), name]);
}
