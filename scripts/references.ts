/** `npm run references`: writes the project references of every package from its package.json. */
import { writeFileSync } from 'node:fs';

import { staleReferences } from './steps/references.ts';

for (const { file, expected } of staleReferences()) {
  writeFileSync(file, expected);
  console.log(`wrote ${file}`);
}
