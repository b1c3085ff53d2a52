/** `npm run lock`: after a change of dependencies, makes package-lock.json complete for every platform. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { root } from './steps/command.ts';
import { type LockFile, missingPlatforms, unverified, withPlatforms } from './steps/lock-platforms.ts';

const askDeadlineMs = 60_000;

const file = join(root, 'package-lock.json');
// npm wrote it; whatever we do not read is kept as it is.
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const added = Object.keys(missingPlatforms(lock));
const complete = withPlatforms(lock);
const packages = { ...complete.packages };
const hashless: string[] = [];
for (const [path, wanted] of unverified(complete)) {
  const integrity = await integrityOf(wanted);
  const { version = '', ...rest } = packages[path] ?? {};
  if (integrity === undefined) hashless.push(wanted);
  else packages[path] = { version, integrity, ...rest };
}
const text = `${JSON.stringify({ ...complete, packages }, undefined, 2)}\n`;
if (text !== readFileSync(file, 'utf8')) writeFileSync(file, text);
console.log(added.length === 0 ? 'complete' : `added ${added.length} packages of other platforms`);
if (hashless.length > 0) {
  console.error(`no hash is known to the registry for ${hashless.join(', ')}`);
  process.exitCode = 1;
}

/** What the registry says a package of this name and version hashes to. */
async function integrityOf(wanted: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('npm', ['view', wanted, 'dist.integrity'], { timeout: askDeadlineMs });
    return /^sha512-\S+$/.exec(stdout.trim())?.[0];
  } catch {
    // Not there: said below, with all others.
    return undefined;
  }
}
