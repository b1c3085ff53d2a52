import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, TrunklineError } from '@trunkline/core';

import { frameworkMigrations } from './framework/migrations.ts';
import { identifier } from './identifiers.ts';

/** A service's migrations: `<number>-<what>.sql` files of one directory, run in the order of their names. */
export interface ServiceMigrations {
  readonly schema: string;
  readonly directory: string;
}

export interface Migration {
  readonly schema: string;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The framework's first, then the service's own files. */
export async function readMigrations(service: ServiceMigrations): Promise<readonly Migration[]> {
  identifier(service.schema);
  const names = (await listDirectory(service.directory)).filter((name) => name.endsWith('.sql')).toSorted();
  const migrations = frameworkMigrations.map(({ name, sql }) => migration(service.schema, name, sql(service.schema)));
  const numbers = new Set<string>();
  for (const name of names) {
    const number = /^([0-9]{3})-[a-z0-9-]+\.sql$/.exec(name)?.[1];
    const path = join(service.directory, name);
    if (number === undefined || number === '000') {
      throw new TrunklineError('config_invalid', `${path}: a migration is named NNN-what-it-does.sql, from 001`);
    }
    if (numbers.has(number)) {
      throw new TrunklineError('config_invalid', `${path}: number ${number} is taken; give it the next free one`);
    }
    numbers.add(number);
    migrations.push(migration(service.schema, name, await readFile(path, 'utf8')));
  }
  return migrations;
}

function migration(schema: string, name: string, sql: string): Migration {
  // Line ends do not change what a file does, and a checkout on another system may change them.
  const checksum = createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
  return { schema, name, sql, checksum };
}

async function listDirectory(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    throw new TrunklineError('config_invalid', `cannot read the migrations in ${directory}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
