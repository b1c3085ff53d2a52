/**
 * `npm run docker:env`: what docker-compose.yml wants to be told. The passwords of its servers go to .env, which Compose
 * reads by itself; the secrets of the sources to .trunkline/secrets.env, the file of `npm start`. Both are ignored by
 * git. A value that is there already is kept, because the volumes were made with it.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { randomKey } from '@trunkline/installation';

import { ensureSecrets } from './start/secrets.ts';

const root = join(import.meta.dirname, '..');
const composeFile = join(root, '.env');
const secretsFile = join(root, '.trunkline', 'secrets.env');

const { secrets, made } = await ensureSecrets(secretsFile, join(root, 'trunkline.yaml'), process.env);
const kept = existsSync(composeFile) ? readFileSync(composeFile, 'utf8') : '';
const wanted: Readonly<Record<string, string>> = {
  TRUNKLINE_POSTGRES_PASSWORD: randomKey(),
  TRUNKLINE_REGISTRY_PASSWORD: randomKey(),
  TRUNKLINE_APP_PASSWORD: secrets.TRUNKLINE_APP_PASSWORD,
};
const missing = Object.entries(wanted).filter(([name]) => (parseEnv(kept)[name] ?? '') === '');
if (missing.length > 0) {
  const heading = '# Passwords of docker-compose.yml, made by `npm run docker:env`. Its volumes were made with them.\n';
  const before = kept === '' ? heading : kept.replace(/\n*$/, '\n');
  const lines = missing.map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`${composeFile}.new`, before + lines.join(''), { mode: 0o600 });
  renameSync(`${composeFile}.new`, composeFile);
}

const names = [...missing.map(([name]) => `${name} (.env)`), ...made.map((name) => `${name} (.trunkline/secrets.env)`)];
process.stdout.write(names.length === 0 ? 'Nothing was missing.\n' : names.map((name) => `made ${name}\n`).join(''));
