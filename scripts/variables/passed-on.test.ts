import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { checkVariables, passOn } from './passed-on.ts';
import { knownVariables, services, variablesOfService } from './variables.ts';

const sourcesFile = fileURLToPath(new URL('../../trunkline.yaml', import.meta.url));

describe('a variable of the shell', () => {
  it.each(services)('reaches %s whenever its schema knows it', async (service) => {
    const names = (await variablesOfService(service)).map(({ name }) => name);
    const env = Object.fromEntries(names.map((name) => [name, `the ${name}`]));

    const { environmentOf } = await passOn(env, () => ({}));

    expect(environmentOf(service)).toEqual(env);
    expect(names.length).toBeGreaterThan(15);
  });

  it('reaches nobody whose schema does not know it', async () => {
    const { environmentOf } = await passOn({ TRUNKLINE_TRUSTED_PROXIES: '127.0.0.1' }, () => ({}));

    expect(environmentOf('ingress')).toEqual({ TRUNKLINE_TRUSTED_PROXIES: '127.0.0.1' });
    expect(environmentOf('payments')).toEqual({});
  });

  it('of OpenTelemetry reaches everybody', async () => {
    const { environmentOf } = await passOn({ OTEL_SERVICE_NAME: 'x', PGHOST: 'elsewhere' }, () => ({}));

    expect(services.map(environmentOf)).toEqual(services.map(() => ({ OTEL_SERVICE_NAME: 'x' })));
  });

  it('that is decided here is not passed on, and named when it says otherwise', async () => {
    const env = { TRUNKLINE_KAFKA_BROKERS: 'elsewhere:9092', TRUNKLINE_NAMESPACE: 'same.' };
    const decided = { TRUNKLINE_KAFKA_BROKERS: 'here:9092', TRUNKLINE_NAMESPACE: 'same.' };

    const { environmentOf, notes } = await passOn(env, () => decided);

    expect(environmentOf('ingress')).toEqual({});
    expect(notes).toEqual([expect.stringContaining('TRUNKLINE_KAFKA_BROKERS')]);
  });

  it('that names the file of a secret which is decided here is not passed on either', async () => {
    const env = {
      TRUNKLINE_DATABASE_URL_FILE: '/run/secrets/database',
      TRUNKLINE_OPERATOR_TOKEN_FILE: '/run/secrets/token',
    };

    const { environmentOf, notes } = await passOn(env, () => ({ TRUNKLINE_DATABASE_URL: 'postgres://here/trunkline' }));

    expect(environmentOf('payments')).toEqual({ TRUNKLINE_OPERATOR_TOKEN_FILE: '/run/secrets/token' });
    expect(notes).toEqual([expect.stringContaining('TRUNKLINE_DATABASE_URL_FILE')]);
  });

  it('that nothing reads is named, with the one that was meant', async () => {
    const notes = await checkVariables(
      { TRUNKLINE_TRUSTED_PROXYS: '1', TRUNKLINE_LOG_LEVEL: 'debug', HOME: '/' },
      sourcesFile,
    );

    expect(notes).toEqual([expect.stringMatching(/^TRUNKLINE_TRUSTED_PROXYS .*TRUNKLINE_TRUSTED_PROXIES\?$/)]);
  });

  it('that the sources file refers to is known', async () => {
    expect(await checkVariables({ TRUNKLINE_SECRET_STRIPE_DEMO: 'x' }, sourcesFile)).toEqual([]);
  });

  it.each([
    ['TRUNKLINE_LOG_LEVEL', 'loud'],
    ['TRUNKLINE_TRUSTED_PROXIES', 'my proxy'],
    ['TRUNKLINE_RELEASE_GUARD', 'maybe'],
  ])('with a value that means nothing is refused before anything starts: %s', async (name, value) => {
    const checking = checkVariables({ [name]: value }, sourcesFile);

    await expect(checking).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining(name) });
  });
});

describe('the list of all variables', () => {
  it('has each once, with everybody who reads it', async () => {
    const known = await knownVariables();
    const names = known.map(({ name }) => name);

    expect(names).toEqual([...new Set(names)].toSorted());
    expect(known.find(({ name }) => name === 'TRUNKLINE_LOG_LEVEL')?.readers).toEqual(services);
    expect(known.find(({ name }) => name === 'TRUNKLINE_KAFKA_BROKERS')?.readers).toEqual([
      ...services,
      'trunkline',
      'npm start',
    ]);
    expect(known.filter(({ what }) => what === '')).toEqual([]);
  });
});
