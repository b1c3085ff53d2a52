import { readEnvironment } from '@trunkline/runtime';
import { describe, expect, it } from 'vitest';

import { config } from './config.ts';

const least = {
  TRUNKLINE_KAFKA_BROKERS: 'kafka:9092',
  TRUNKLINE_REGISTRY_URL: 'http://registry/apis/ccompat/v7',
  TRUNKLINE_SOURCES: 'trunkline.yaml',
  TRUNKLINE_INSTALLATION_KEY: 'ab'.repeat(32),
};

describe("the ingress's environment", () => {
  it('needs brokers, registry, sources and the installation key, and has a default for every limit', () => {
    const reading = readEnvironment(config, least);

    expect(reading).toMatchObject({
      ok: true,
      config: {
        listen: { port: 8080 },
        domains: undefined,
        namespace: '',
        limits: { bodyBytesInFlight: 64 * 1024 * 1024 },
      },
    });
  });

  it('names every variable that is wrong', () => {
    const reading = readEnvironment(config, {
      TRUNKLINE_DOMAINS: 'payments,paymnets',
      TRUNKLINE_INGRESS_PORT: '70000',
    });

    const wrong = reading.ok ? [] : reading.problems.map((problem) => problem.variable);
    expect(wrong.sort()).toEqual(['TRUNKLINE_DOMAINS', 'TRUNKLINE_INGRESS_PORT', ...Object.keys(least)].sort());
  });

  it.for([
    [{ TRUNKLINE_DOMAINS: 'payments, crm' }, ['payments', 'crm']],
    [{ DOMAINS: 'payments' }, ['payments']],
    [{ DOMAINS: 'payments', TRUNKLINE_DOMAINS: 'crm' }, ['crm']],
    [{ DOMAINS: '' }, undefined],
  ] as const)(
    'serves with %j the domains %j: the name before counts where the one of today is not set',
    ([given, domains]) => {
      const reading = readEnvironment(config, { ...least, ...given });

      expect(reading.ok && reading.config.domains).toEqual(domains);
    },
  );

  it.each(['short', 'zz'.repeat(32), 'ab'.repeat(31), `${'ab'.repeat(32)}c`])(
    'refuses %j as installation key',
    (key) => {
      const reading = readEnvironment(config, { ...least, TRUNKLINE_INSTALLATION_KEY: key });

      expect(reading.ok).toBe(false);
    },
  );

  it('trusts exactly the proxies that are named', () => {
    const reading = readEnvironment(config, { ...least, TRUNKLINE_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1, fd00::/8' });

    const trusted = reading.ok ? reading.config.trustedProxies : undefined;
    expect(['10.9.9.9', '127.0.0.1', '127.0.0.2', '11.0.0.1'].map((address) => trusted?.check(address))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(trusted?.check('fd00::1', 'ipv6')).toBe(true);
  });

  it.each(['10.0.0.0/33', 'localhost', '10.0.0.0/', '10.0.0.1/x'])('refuses %j as a proxy', (proxy) => {
    const reading = readEnvironment(config, { ...least, TRUNKLINE_TRUSTED_PROXIES: proxy });

    expect(reading.ok).toBe(false);
  });
});
