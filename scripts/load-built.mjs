/**
 * Imports every built entry, under a Node that knows nothing of TypeScript or of our export condition: each exported
 * path of a package, and the composition root of a service (its main.js would start it). Nothing of ours does anything
 * on import, so a failure here is a file that is missing or a specifier that does not resolve.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '..');

/** A service keeps these, so that each reads like the next. */
const serviceEntries = ['./dist/app.js', './dist/config.js'];

function entriesOf(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  // A path exported without `default` is for tests, which are not built.
  const exported = Object.values(exports).flatMap((target) => target.default ?? []);
  return (folder.startsWith('services/') ? serviceEntries : exported).map((path) => join(root, folder, path));
}

function misplacedIn(folder) {
  return globSync(`${folder}/dist/**/*.test.js`, { cwd: root });
}

const failures = [];
for (const manifest of globSync('{packages,services}/*/package.json', { cwd: root })) {
  const folder = dirname(manifest);
  failures.push(...misplacedIn(folder).map((file) => `${file}: a test was built`));
  if (folder.startsWith('services/') && !existsSync(join(root, folder, 'dist/main.js'))) {
    failures.push(`${folder}/dist/main.js is missing`);
  }
  for (const entry of entriesOf(folder)) {
    try {
      await import(pathToFileURL(entry).href);
    } catch (error) {
      failures.push(`${entry.slice(root.length + 1)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

for (const failure of failures) console.error(failure);
// Said aloud because a library that keeps a timer on import must not keep this process.
process.exit(failures.length === 0 ? 0 : 1);
