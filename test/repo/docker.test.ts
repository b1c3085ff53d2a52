import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';

import { schemas } from '@trunkline/consumer';
import { operatorLogin, passwordVariable } from '@trunkline/postgres';
import { describeEnvironment, startCommand } from '@trunkline/runtime';
import { brokerSettings, dockerImages } from '@trunkline/stack';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ZodType } from 'zod';

import { composePasswords } from '../../scripts/start/secrets.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
}

/** Of the database's roles, which `trunkline migrate` is told in the container `provision`. */
const rolePasswords = [operatorLogin, ...schemas].map(passwordVariable);
const composeText = read('docker-compose.yml');
/** It has more aliases than the parser takes from a stranger. */
const trusted = { maxAliasCount: -1 };
const compose = parse(composeText, { merge: true, ...trusted }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};
const services = globSync('services/*/package.json', { cwd: root }).map((file) => basename(resolve(root, file, '..')));

/** What the OpenTelemetry SDK reads by itself. */
const sdkVariables = ['OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

function composeService(name: string): ComposeService {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

async function configOf(service: string): Promise<ZodType> {
  const module = (await import(join(root, 'services', service, 'src/config.ts'))) as { readonly config: ZodType };
  return module.config;
}

/** What every process reads beside its own variables. */
async function processConfig(): Promise<ZodType> {
  const module = (await import(join(root, 'packages/runtime/src/runtime-config.ts'))) as {
    readonly runtimeConfig: ZodType;
  };
  return module.runtimeConfig;
}

/** The variables that a schema looks at. */
function variablesOf(schema: ZodType): readonly string[] {
  return describeEnvironment(schema).map(({ name }) => name);
}

/** The configuration files that Compose writes, which are YAML. */
function composeConfigs(): Readonly<Record<string, unknown>> {
  const { configs } = parse(composeText, trusted) as {
    readonly configs: Readonly<Record<string, { readonly content: string }>>;
  };
  return Object.fromEntries(
    Object.entries(configs)
      .filter(([name]) => name !== 'registry-database')
      .map(([name, { content }]) => [name, parse(content) as unknown]),
  );
}

/** The environment as Compose would fill it in, with something in the place of every password. */
function environmentOf(service: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(composeService(service).environment ?? {})
      .map(([name, value]) => [name, String(value).replaceAll(/\$\{\w+:\?[^}]*\}/g, 'given')] as const)
      // Blank unless somebody says otherwise, which a process takes for unset.
      .filter(([name, value]) => value !== `\${${name}:-}`),
  );
}

describe('docker-compose.yml', () => {
  it('runs the images of the docker stack', () => {
    const { zipkin: jaeger, ...others } = dockerImages;

    const images = Object.keys({ jaeger, ...others }).map((name) => [name, composeService(name).image]);

    expect(Object.fromEntries(images)).toEqual({ jaeger, ...others });
  });

  it('has every service, each started by its own main file', () => {
    const commands = services.map((name) => [name, composeService(name).command?.[0] ?? imageCommand()]);

    expect(Object.fromEntries(commands)).toEqual(
      Object.fromEntries(services.map((name) => [name, `services/${name}/dist/main.js`])),
    );
  });

  it.each(services)('tells %s only what it reads', async (name) => {
    const known = [...variablesOf(await configOf(name)), ...variablesOf(await processConfig()), ...sdkVariables];

    expect(Object.keys(environmentOf(name)).filter((variable) => !known.includes(variable))).toEqual([]);
  });

  it.each(services)('passes on to %s what .env says of its settings', async (name) => {
    const passed = Object.entries(composeService(name).environment ?? {}).flatMap(([variable, value]) =>
      value === `\${${variable}:-}` ? [variable] : [],
    );
    const known = [...variablesOf(await configOf(name)), ...variablesOf(await processConfig())];

    expect(passed.filter((variable) => !known.includes(variable))).toEqual([]);
    const own: Readonly<Record<string, string>> = {
      ingress: 'TRUNKLINE_TRUSTED_PROXIES',
      connections: 'TRUNKLINE_LIMITER_PROCESSES',
    };
    expect(passed).toContain(own[name] ?? 'TRUNKLINE_SESSION_TIMEOUT_MS');
    expect(passed).toContain('TRUNKLINE_LOG_LEVEL');
  });

  it.each(services)('tells %s everything it needs', async (name) => {
    // The ingress has it from its file of secrets, every other from .env; one that makes no digests needs none.
    const key = { TRUNKLINE_INSTALLATION_KEY: 'ab'.repeat(32) };
    const needsNone = name === 'connections';
    expect(
      name === 'ingress' || needsNone || Object.keys(key).every((variable) => variable in environmentOf(name)),
    ).toBe(true);

    const result = (await configOf(name)).safeParse({ ...environmentOf(name), ...key });

    expect(result.error?.issues ?? []).toEqual([]);
  });

  it.each(['provision', 'cli'])('tells %s only what the trunkline command reads', async (name) => {
    const { settingNames, settingRow } = (await import(join(root, 'packages/cli/src/settings.ts'))) as {
      readonly settingNames: readonly string[];
      readonly settingRow: (setting: string) => { readonly variable: string };
    };
    const known = [...settingNames.map((setting) => settingRow(setting).variable), ...rolePasswords];

    expect(Object.keys(environmentOf(name)).filter((variable) => !known.includes(variable))).toEqual([]);
  });

  it('sets the broker up as the embedded stack does', () => {
    const wanted = Object.entries(brokerSettings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      String(value),
    ]);

    expect(environmentOf('kafka')).toMatchObject(Object.fromEntries(wanted));
  });

  it('has Prometheus scrape every service, with the rules and the token, and Grafana draw the dashboards', () => {
    const configs = composeConfigs();

    expect(configs['prometheus']).toMatchObject({
      rule_files: ['/etc/prometheus/rules/*.yaml'],
      scrape_configs: [
        {
          authorization: { credentials: '${TRUNKLINE_OPERATOR_TOKEN:?run npm run docker:env}' },
          dns_sd_configs: [
            { port: 8089, names: ['ingress', ...services.filter((name) => name !== 'ingress').toSorted()] },
          ],
        },
      ],
    });
    expect(composeService('prometheus').volumes).toContain('./helm/trunkline/files/rules:/etc/prometheus/rules:ro');
    expect(composeService('grafana').volumes).toContain('./helm/trunkline/files/dashboards:/etc/grafana/dashboards:ro');
    expect(services.map((name) => environmentOf(name)['TRUNKLINE_OPERATOR_HOST'])).toEqual(
      services.map(() => '0.0.0.0'),
    );
  });

  it('publishes ports to this machine alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);

    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('limits the memory, the processes and the log of every container', () => {
    const unlimited = Object.entries(compose.services).filter(
      ([, { mem_limit, pids_limit, logging }]) =>
        mem_limit === undefined || pids_limit === undefined || logging?.options['max-size'] === undefined,
    );

    expect(unlimited.map(([name]) => name)).toEqual([]);
  });

  it('waits for the health only of servers that have a health check', () => {
    const awaited = Object.values(compose.services).flatMap(({ depends_on = {} }) =>
      Object.entries(depends_on).flatMap(([name, { condition }]) => (condition === 'service_healthy' ? [name] : [])),
    );

    expect(awaited.filter((name) => composeService(name).healthcheck?.test === undefined)).toEqual([]);
    expect(awaited.length).toBeGreaterThan(0);
  });

  it('has no password of its own, and only such as `npm run docker:env` makes', () => {
    const asked = new Set([...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name));
    expect([...composeText.matchAll(/PASSWORD:? +(?!'?\$\{)\S+/g)].map(([text]) => text)).toEqual([]);
    expect([...asked].toSorted()).toEqual([...composePasswords].toSorted());
  });
});

describe('the images', () => {
  it('are named by exact versions', () => {
    const images = [...Object.values(dockerImages), argument('NODE_IMAGE')];

    // PostgreSQL has two numbers, everyone else three.
    expect(images.filter((image) => !/:\d+\.\d+\.\d+(?:-[a-z-]+)?$|^postgres:\d+\.\d+$/.test(image))).toEqual([]);
  });
});

const dockerfile = read('Dockerfile');
const manifest = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('the Dockerfile', () => {
  it('stands on the Node that everything is tested with', () => {
    expect(argument('NODE_IMAGE')).toBe(`node:${manifest.devDependencies['node']}-bookworm-slim`);
  });

  it('labels the image with the version of package.json', () => {
    expect(argument('VERSION')).toBe(manifest.version);
  });

  it('starts a service as startCommand does', () => {
    const [, condition, ...fromSource] = startCommand(join(root, 'services/ingress'));
    const built = fromSource.map((part) =>
      part.startsWith('/') ? relative(root, part).replace('/src/', '/dist/').replace(/\.ts$/, '.js') : part,
    );

    const started = [...jsonOf('ENTRYPOINT'), imageCommand()].map((part) => part.replace(/^\/app\//, ''));

    expect(condition).toBe('--conditions=@trunkline/source');
    expect(started).toEqual(['node', ...built]);
  });

  it('runs as a user that is not root, and is asked to stop by the signal that the services know', () => {
    const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

    expect(/^USER (\d+):\d+$/m.exec(lastStage)?.[1]).toMatch(/^[1-9]/);
    expect(lastStage).toContain('\nSTOPSIGNAL SIGTERM\n');
  });

  it('copies only what is there and what .dockerignore lets in', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    const letIn = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));

    expect(copied.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect([...new Set(copied)].toSorted()).toEqual(letIn.toSorted());
  });

  it('takes no secret while it is built', () => {
    const given = [...dockerfile.matchAll(/^(?:ARG|ENV) (.+)$/gm)].map(([, text = '']) => text);

    expect(given.filter((text) => /secret|password|token|key/i.test(text))).toEqual([]);
  });
});

describe('.dockerignore', () => {
  it('lets in nothing that it does not name', () => {
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));

    expect(rules[0]).toBe('*');
  });
});

function argument(name: string): string {
  return new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1] ?? '';
}

function jsonOf(instruction: string): readonly string[] {
  return JSON.parse(new RegExp(`^${instruction} (\\[.+\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]') as string[];
}

function imageCommand(): string {
  return jsonOf('CMD')[0] ?? '';
}
