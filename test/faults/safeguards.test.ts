import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { faultRows } from './rows.ts';

const root = join(import.meta.dirname, '../..');

for (const row of faultRows) {
  for (const safeguard of row.safeguards) {
    it(`${row.id}: "${safeguard.undoes}" can still be undone, so the row can still be proven`, () => {
      const source = readFileSync(join(root, safeguard.file), 'utf8');

      expect(source.split(safeguard.find)).toHaveLength(2);
    });
  }
}
