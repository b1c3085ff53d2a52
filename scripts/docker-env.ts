/**
 * `npm run docker:env`: what docker-compose.yml wants to be told. The passwords of its servers go to .env, which Compose
 * reads by itself; the secrets of the sources to .trunkline/secrets.env, the file of `npm start`. Both are ignored by
 * git. What is there already is kept, because the volumes were made with it.
 */
import { join } from 'node:path';

import { randomKey, randomVaultKey } from '@trunkline/installation';

import { ensureVariables } from './start/env-file.ts';
import { composePasswords, ensureSecrets, installationKey, vaultKey } from './start/secrets.ts';

const root = join(import.meta.dirname, '..');

const secrets = await ensureSecrets(join(root, '.trunkline', 'secrets.env'), join(root, 'trunkline.yaml'), process.env);
const { made } = ensureVariables(join(root, '.env'), {
  heading: 'Passwords of docker-compose.yml, made by `npm run docker:env`. Its volumes were made with them.',
  // There is one installation key, and it is among the secrets already.
  generators: new Map(
    composePasswords.map((name) => [
      name,
      () => {
        if (name === vaultKey) return randomVaultKey();
        return (name === installationKey ? secrets.secrets[name] : undefined) ?? randomKey();
      },
    ]),
  ),
  // Compose reads the file, so a variable of this shell is no reason to leave it out.
  env: {},
});

const names = [
  ...made.map((name) => `${name} (.env)`),
  ...secrets.made.map((name) => `${name} (.trunkline/secrets.env)`),
];
process.stdout.write(names.length === 0 ? 'Nothing was missing.\n' : names.map((name) => `made ${name}\n`).join(''));
