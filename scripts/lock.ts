/** `npm run lock`: after a change of dependencies, makes package-lock.json complete for every platform. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './steps/command.ts';
import { type LockFile, missingPlatforms, withPlatforms } from './steps/lock-platforms.ts';

const file = join(root, 'package-lock.json');
// npm wrote it; whatever we do not read is kept as it is.
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const added = Object.keys(missingPlatforms(lock));
if (added.length > 0) writeFileSync(file, `${JSON.stringify(withPlatforms(lock), undefined, 2)}\n`);
console.log(added.length === 0 ? 'complete' : `added ${added.length} packages of other platforms`);
