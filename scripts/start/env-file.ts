/** Files of NAME=value lines that people edit too: lines are added, and every byte that is there stays. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseEnv } from 'node:util';

import { TrunklineError } from '@trunkline/core';

export interface EnsuredVariables {
  /** Of the shell, else of the file, else made. */
  readonly values: Readonly<Record<string, string>>;
  readonly made: readonly string[];
}

/**
 * A value for each variable: the shell's, else the file's, else one made now and added to the file. Throws
 * `config_invalid` when the file cannot take it, e.g. because a quote in it is never closed.
 */
export function ensureVariables(
  file: string,
  options: {
    readonly heading: string;
    readonly generators: ReadonlyMap<string, () => string>;
    readonly env: NodeJS.ProcessEnv;
  },
): EnsuredVariables {
  const kept = readEnvFile(file);
  const values: Record<string, string> = {};
  const made: Record<string, string> = {};
  for (const [name, generate] of options.generators) {
    const known = options.env[name] || kept[name];
    values[name] = known || (made[name] = generate());
  }
  if (Object.keys(made).length > 0) addLines(file, made, options.heading);
  return { values, made: Object.keys(made) };
}

/** Empty when there is no file. */
export function readEnvFile(file: string): Readonly<Record<string, string>> {
  return existsSync(file) ? parse(readFileSync(file, 'utf8')) : {};
}

function parse(text: string): Readonly<Record<string, string>> {
  // Every value that parseEnv returns is text; its type allows for a name that was never there.
  return parseEnv(text) as Record<string, string>;
}

function addLines(file: string, added: Readonly<Record<string, string>>, heading: string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = Object.entries(added).map(([name, value]) => `${line(name, value)}\n`);
  const start = before === '' ? `# ${heading}\n` : before.endsWith('\n') ? '' : '\n';
  const addition = start + lines.join('');
  const wanted = { ...parse(before), ...added };
  const read = parse(before + addition);
  for (const [name, value] of Object.entries(wanted)) {
    if (read[name] === value) continue;
    throw new TrunklineError(
      'config_invalid',
      `${file} cannot be added to: ${name} would read otherwise afterwards. Look for a quote that is never closed`,
    );
  }
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, addition, { mode: 0o600 });
}

/** In quotes where the plain text would be read as something else: several lines, blanks, # or quotes. */
function line(name: string, value: string): string {
  const spellings = ['', "'", '`', '"'].map((quote) => `${name}=${quote}${value}${quote}`);
  const right = spellings.find((spelling) => {
    const read = parse(spelling);
    return Object.keys(read).length === 1 && read[name] === value;
  });
  if (right !== undefined) return right;
  throw new TrunklineError('config_invalid', `the value of ${name} has every kind of quote and cannot be written down`);
}
