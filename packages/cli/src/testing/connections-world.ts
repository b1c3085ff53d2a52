import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { startLoopback } from '@trunkline/http-client/testing';
import { startService, type ServiceProcess } from '@trunkline/installation';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';

import { type CommandResult, runCommandLine } from './run-command.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** The service of connections on a database of its own, and a server that takes itself for the providers. */
export interface ConnectionsWorld {
  readonly database: TestDatabase;
  /** Answers `auth.test` of Slack by the token it is shown: the team of a good one, else a refusal. */
  readonly teams: Map<string, string>;
  readonly tokensSeen: string[];
  /** Of every answer. */
  readonly headers: Record<string, string>;
  /** Nobody answers any more: every request is cut off. */
  isAway: boolean;
  readonly logFile: () => string;
  /** Writes the connections of the file; each an entry in braces. In force within a second or two. */
  write(...connections: readonly string[]): Promise<void>;
  /** A secret, by the name of its file. */
  secret(name: string, value: string): Promise<void>;
  /** Starts the service, with these keys of the vault, the newest first. */
  start(keys: readonly string[]): Promise<void>;
  stop(): Promise<void>;
  /** The page for Prometheus. */
  metrics(): Promise<string>;
  trunkline(...words: string[]): Promise<CommandResult>;
  close(): Promise<void>;
}

/** By their names: k0, k1, … */
const vaultKeys = Array.from({ length: 3 }, () => randomBytes(32).toString('base64'));

export async function openConnectionsWorld(postgresAdminUrl: string): Promise<ConnectionsWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'trunkline-connections-'));
  const sourcesFile = join(directory, 'trunkline.yaml');
  const database = await createTestDatabase({
    adminUrl: postgresAdminUrl,
    services: [{ schema: 'connections', directory: join(root, 'services/connections/migrations') }],
  });
  const upstream = await startLoopback((request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    world.tokensSeen.push(token);
    if (world.isAway) {
      request.socket.resetAndDestroy();
      return;
    }
    const team = world.teams.get(token);
    response.writeHead(200, { ...world.headers, 'content-type': 'application/json' });
    response.end(
      JSON.stringify(team === undefined ? { ok: false, error: 'invalid_auth' } : { ok: true, team_id: team }),
    );
  });
  let service: ServiceProcess | undefined;
  const world: ConnectionsWorld = {
    database,
    teams: new Map(),
    tokensSeen: [],
    headers: {},
    isAway: false,
    logFile: () => service?.logFile ?? '',
    async write(...connections) {
      const list = connections.map((each) => `  - { ${each} }\n`).join('');
      await writeFile(
        sourcesFile,
        `version: 1\ntenants:\n  - { id: tnt_a, name: A }\n  - { id: tnt_b, name: B }\nsources: []\nconnections:\n${list}`,
      );
    },
    secret: (name, value) => writeFile(join(directory, name), value),
    async start(names) {
      service = await startService(
        {
          root,
          endpoints: { kafkaBrokers: '127.0.0.1:1', registryUrl: 'http://127.0.0.1:1', postgresAdminUrl },
          namespace: '',
          database: database.name,
          passwords: { connections: 'in the URL' },
          sourcesFile,
          secrets: {},
          logDir: directory,
        },
        {
          name: 'connections',
          env: {
            TRUNKLINE_DATABASE_URL: database.urlOf('connections'),
            TRUNKLINE_CLIENT_ORIGINS: `slack=${upstream.url}`,
            TRUNKLINE_ALLOWED_NETWORKS: '127.0.0.0/8',
            // One process: its share of a rate is all of it.
            TRUNKLINE_LIMITER_PROCESSES: '1',
            TRUNKLINE_VAULT_KEYS: names.map((name) => `${name}:env:${name}`).join(','),
            ...Object.fromEntries(vaultKeys.map((key, index) => [`k${index}`, key])),
          },
        },
      );
      await service.ready();
    },
    async stop() {
      await service?.stop();
    },
    metrics: async () => (await fetch(`${service?.operatorUrl}/metrics`)).text(),
    trunkline: (...words) =>
      runCommandLine(words, {
        environment: {
          TRUNKLINE_DATABASE_URL: database.urlOf('operator'),
          TRUNKLINE_CONSUMER_URL: service?.operatorUrl ?? '',
          TRUNKLINE_ACTOR: 'ada',
        },
      }),
    async close() {
      await world.stop();
      await upstream.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}
