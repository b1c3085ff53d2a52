import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type KeyList, readKeyList } from './key-list.ts';
import { createVault, type Place } from './vault.ts';

const newKey = (): string => randomBytes(32).toString('base64');
const [oldKey, newestKey] = [newKey(), newKey()];
const listOf = (...keys: readonly string[]): KeyList =>
  readKeyList(
    keys.map((_, index) => `k${index}:env:K${index}`).join(','),
    (reference) => keys[Number(reference.slice(5))],
  );

const vault = createVault(listOf(oldKey));
const place: Place = { tenantId: 'tnt_a', owner: 'con_a', generation: 1 };
const fields = { access: 'access-marker', refresh: 'refresh-marker ü' };

describe('the vault', () => {
  it('opens what it sealed', () => {
    const { key, sealed } = vault.seal(place, fields);

    expect(vault.open(place, key, { name: 'access', sealed: sealed.access })).toBe(fields.access);
    expect(vault.open(place, key, { name: 'refresh', sealed: sealed.refresh })).toBe(fields.refresh);
  });

  it('shows nothing of what it sealed, and the same secret never twice alike', () => {
    const [one, other] = [vault.seal(place, fields), vault.seal(place, fields)];

    const told = [one, other].flatMap(({ key, sealed }) => [key.dekWrapped, ...Object.values(sealed)]);
    expect(told.some((bytes) => bytes.includes('marker'))).toBe(false);
    expect(new Set(told.map((bytes) => bytes.toString('hex'))).size).toBe(6);
  });

  it.each<[string, Partial<Place>]>([
    ['another tenant', { tenantId: 'tnt_b' }],
    ['another row', { owner: 'con_b' }],
    ['another generation', { generation: 2 }],
  ])('does not open for %s', (_, change) => {
    const { key, sealed } = vault.seal(place, fields);

    expect(() => vault.open({ ...place, ...change }, key, { name: 'access', sealed: sealed.access })).toThrow(
      /does not open/,
    );
    expect(() => vault.rewrap({ ...place, ...change }, key)).toThrow(/does not open/);
  });

  it('opens no field as another', () => {
    const { key, sealed } = vault.seal(place, fields);

    expect(() => vault.open(place, key, { name: 'refresh', sealed: sealed.access })).toThrow(/does not open/);
  });

  it('opens nothing after any two rows swapped a field, a key or both', () => {
    const anyPlace = fc.record({
      tenantId: fc.constantFrom('tnt_a', 'tnt_b'),
      owner: fc.constantFrom('con_a', 'con_b', 'con_c'),
      generation: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(anyPlace, anyPlace, fc.constantFrom('field', 'key', 'both'), (one, other, swapped) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const [mine, theirs] = [vault.seal(one, fields), vault.seal(other, fields)];
        const key = swapped === 'field' ? mine.key : theirs.key;
        const sealed = swapped === 'key' ? mine.sealed : theirs.sealed;

        expect(() => vault.open(one, key, { name: 'access', sealed: sealed.access })).toThrow(/does not open/);
      }),
      { numRuns: 100 },
    );
  });

  it('opens nothing that was changed by a bit, or cut', () => {
    const { key, sealed } = vault.seal(place, fields);
    for (let at = 0; at < sealed.access.length; at += 1) {
      const changed = Buffer.from(sealed.access);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => vault.open(place, key, { name: 'access', sealed: changed })).toThrow(/does not open/);
      expect(() => vault.open(place, key, { name: 'access', sealed: sealed.access.subarray(0, at) })).toThrow(
        /does not open/,
      );
    }
  });

  it('opens under a new key what was rewrapped, without a word of the old one', () => {
    const { key, sealed } = vault.seal(place, fields);

    const rewrapped = createVault(listOf(newestKey, oldKey)).rewrap(place, key);

    const alone = createVault(listOf(newestKey));
    expect(alone.open(place, rewrapped, { name: 'access', sealed: sealed.access })).toBe(fields.access);
    expect(rewrapped.kekId).not.toBe(key.kekId);
  });

  it('names the key that is missing', () => {
    const { key, sealed } = vault.seal(place, fields);

    expect(() => createVault(listOf(newestKey)).open(place, key, { name: 'access', sealed: sealed.access })).toThrow(
      new RegExp(`no key has the id ${key.kekId}`),
    );
  });
});

describe('the list of keys', () => {
  it.each<[string, string, RegExp]>([
    ['', 'x', /an entry is not name:env:VARIABLE/],
    ['hunter2', 'x', /an entry is not name:env:VARIABLE/],
    ['a:env:A', '', /"a" is not there/],
    ['a:env:A', 'aHVudGVyMg==', /"a" is not 32 bytes/],
    ['a:env:A', `${oldKey.slice(0, -1)}`, /"a" is not 32 bytes/],
    ['a:env:A,b:env:A', oldKey, /"b" is listed twice/],
  ])('"%s" is refused with its fix, and no key is repeated', (text, key, message) => {
    const read = (): KeyList => readKeyList(text, () => key);

    expect(read).toThrow(message);
    expect(read).not.toThrow(/hunter2|aHVudGVyMg/);
  });

  it('seals with the first and opens with all', () => {
    const keys = listOf(newestKey, oldKey);

    expect(keys.current.name).toBe('k0');
    expect(keys.all.map(({ id }) => keys.keyOf(id).name)).toEqual(['k0', 'k1']);
  });
});
