import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Its own name in a folder of a release. */
export const checksumsFile = 'SHA256SUMS';

/** Of every file of a folder, as `sha256sum --check` reads it. */
export function checksumsOf(folder: string): string {
  const files = readdirSync(folder)
    .filter((name) => name !== checksumsFile)
    .toSorted();
  return files.map((name) => `${digestOf(join(folder, name))}  ${name}\n`).join('');
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
