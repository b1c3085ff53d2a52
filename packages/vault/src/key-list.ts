import { createHash, createSecretKey, type KeyObject } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';

/** A key that wraps data keys. */
export interface KeyEncryptionKey {
  /** The operator's name of it, in `TRUNKLINE_VAULT_KEYS`. */
  readonly name: string;
  /** The first 8 bytes of the SHA-256 of the key, as hex: what rows remember. A name may be given twice, this may not. */
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys in order: the first one seals, all of them open. */
export interface KeyList {
  readonly current: KeyEncryptionKey;
  readonly all: readonly KeyEncryptionKey[];
  /** The key that a row was wrapped with; `config_invalid`, with its id, where the list has it not. */
  keyOf(id: string): KeyEncryptionKey;
}

const keyBytes = 32;

/**
 * Reads `name:reference, name:reference`, newest first: `2026-11:env:VAULT_KEY_2026_11,2025-02:file:/run/secrets/old`. A key
 * is 32 bytes as base64: `openssl rand -base64 32`. `read` gives the text behind a reference. Throws `config_invalid`, which
 * names the entry and the fix and no key.
 */
export function readKeyList(text: string, read: (reference: string) => string | undefined): KeyList {
  const all = text.split(',').map((entry) => readEntry(entry.trim(), read));
  for (const [index, { name, id }] of all.entries()) {
    const first = all.findIndex((other) => other.id === id || other.name === name);
    if (first !== index) throw invalid(`"${name}" is listed twice: each key once, the newest first`);
  }
  const [current] = all;
  if (current === undefined) throw invalid('it is empty: name at least one key');
  return {
    current,
    all,
    keyOf(id) {
      const found = all.find((key) => key.id === id);
      if (found !== undefined) return found;
      throw invalid(`no key has the id ${id}, which rows are sealed with: add the key to the end of the list`);
    },
  };
}

function readEntry(entry: string, read: (reference: string) => string | undefined): KeyEncryptionKey {
  const match = /^([A-Za-z0-9_.-]{1,64}):((?:env|file):.+)$/.exec(entry);
  const [, name, reference] = match ?? [];
  // The entry is not repeated: somebody may have written the key itself.
  if (name === undefined || reference === undefined)
    throw invalid('an entry is not name:env:VARIABLE or name:file:path');
  const value = read(reference)?.trim();
  if (value === undefined || value === '') throw invalid(`"${name}" is not there: nothing is behind ${reference}`);
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== keyBytes || bytes.toString('base64') !== value) {
    throw invalid(`"${name}" is not 32 bytes as base64: openssl rand -base64 32 makes one`);
  }
  return { name, id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), key: createSecretKey(bytes) };
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', `TRUNKLINE_VAULT_KEYS: ${problem}`);
}
