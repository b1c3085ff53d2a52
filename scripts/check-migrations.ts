/** A part of `npm run check`: no migration takes away what processes of the version before still use (docs/how-to/upgrade.md). */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { contractionsIn } from './lint/contractions.ts';

const root = join(import.meta.dirname, '..');
// The version of every package: test/repo compares them.
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

const complaints = globSync('services/*/migrations/*.sql', { cwd: root })
  .toSorted()
  .flatMap((file) =>
    contractionsIn({ sql: readFileSync(join(root, file), 'utf8'), version }).map(
      ({ line, what }) => `${file}:${line} ${what}: docs/how-to/upgrade.md, "Migrations that contract"`,
    ),
  );
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
