import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

/** Says what a Node of its own loads: this one has loaded for other tests what it will. */
const listing = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  await import('./run-cli.ts');
  const { firstWords } = await import('./first-words.ts');
  for (const { word, commands } of firstWords) if (word === process.argv[1]) for (const load of commands) await load();
  console.log(JSON.stringify(loaded));
`;

/** The packages of ours and the libraries, by name, that are loaded before a command with this first word begins. */
function loadedFor(word: string): ReadonlySet<string> {
  const options = ['--conditions=@trunkline/source', '--input-type=module', '--eval', listing, word];
  const text = execFileSync(process.execPath, options, { cwd: import.meta.dirname, encoding: 'utf8' });
  const urls: readonly string[] = JSON.parse(text);
  return new Set(urls.flatMap((url) => /.*\/(?:packages|node_modules)\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
}

const sourcesFile = ['providers', 'yaml', 'libphonenumber-js'];
const processes = ['pino', '@opentelemetry/core', 'relay', 'redis'];
const callsOut = ['undici', 'nodemailer'];

describe('nobody waits for modules that a command can do without', () => {
  it('for help it is those of the command line itself', () => {
    expect([...loadedFor('help')].toSorted()).toEqual(['cli', 'commander', 'core', 'runtime', 'zod']);
  });

  it.each([
    ['audit', ['kafka', ...sourcesFile, ...processes, ...callsOut]],
    ['ledger', ['kafka', ...sourcesFile, ...processes, ...callsOut]],
    ['connections', ['kafka', ...sourcesFile, ...processes, ...callsOut]],
    ['endpoints', ['kafka', ...sourcesFile, ...processes, ...callsOut]],
    ['lag', [...sourcesFile, ...processes, ...callsOut]],
    ['send', ['kafka', 'postgres', ...processes, ...callsOut]],
  ])('%s is ready without %j', (word, spared) => {
    const loaded = loadedFor(word);

    expect(spared.filter((name) => loaded.has(name))).toEqual([]);
  });
});
