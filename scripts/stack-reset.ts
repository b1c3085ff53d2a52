/** `npm run stack:reset`: removes everything the embedded stack wrote: topics, schemas, databases, passwords, logs. Downloads stay. */
import { join } from 'node:path';

import { messageOf } from '@trunkline/core';
import { resetStack } from '@trunkline/stack';

const dataDir = join(import.meta.dirname, '..', '.trunkline', 'data');

try {
  await resetStack(dataDir);
  process.stdout.write(`Removed ${dataDir}\n`);
} catch (error) {
  process.stderr.write(`trunkline: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
