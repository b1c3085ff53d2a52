import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { askedWork, askRotation, openConnection, sealCredentials } from '@trunkline/connections';
import { databaseUrlOf, type ServiceProcess, until } from '@trunkline/installation';
import { createDatabase, type Database, operatorLogin } from '@trunkline/postgres';
import { createLedger, createRandom, judge } from '@trunkline/testkit';
import { createVault, type KeyList, keyUses, readKeyList, type Vault } from '@trunkline/vault';

import type { FaultRow, RowReport, RowRun } from './row.ts';
import type { FaultWorld } from './world.ts';

/** At both sides of the commit of a batch. */
const crashPoints = ['rotation.before_commit', 'rotation.after_commit'] as const;
const keyNames = ['k0', 'k1'] as const;
/** Found nowhere but in what is opened. */
const marker = 'secret-marker-of-';
const crashDeadlineMs = 60_000;
/** So many callers open credentials, and so many replace them, all the time. */
const openers = 2;
const sealers = 4;
const insertAtOnce = 1_000;

/** kill -9 of the rotation of the vault's keys, again and again, while credentials are opened and replaced. */
export const killRotation: FaultRow = {
  id: 'F48',
  title: "kill -9 of the rotation of the vault's keys, while credentials are opened and replaced",
  full: { deliveries: 5_000, perSecond: 0, strikes: 20 },
  short: { deliveries: 1_100, perSecond: 0, strikes: 2 },
  safeguards: [
    {
      undoes: 'keys are locked while they are wrapped anew, so that one that was replaced meanwhile stays',
      file: 'packages/vault/src/rotate.ts',
      find: 'LIMIT ${rotationBatchRows} FOR UPDATE`',
      replace: 'LIMIT ${rotationBatchRows}`',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const vaults = createKeys();
    const ledger = createLedger();
    const ids = Array.from({ length: scale.deliveries }, (_, index) => `con_${index}`);
    const service = databaseOf(world, 'connections');
    const operator = databaseOf(world, operatorLogin);
    try {
      await connect(world, ids, vaults.vaultOf('k0'));
      for (const id of ids) ledger.promise(id);
      const use = startUse(run, { ids, database: service, vault: vaults.vaultOf('k0') });
      const watch = watchStatements(world);
      for (let strike = 0; strike < scale.strikes; strike += 1) {
        await killOnce(run, { vaults, operator, strike });
        run.onProgress(`killed ${strike + 1} times, ${use.opened()} opened meanwhile`);
      }
      const used = await use.stop();
      const target = await rotateWhole(run, { vaults, operator });
      const seenStatements = await watch.stop();
      const effects = await openedOf(ids, service, vaults.alone(target));
      const leaks = [
        ...seenStatements,
        ...(await leaksOfDatabase(world.database)),
        ...(await leaksOfLogs(world.installation.logDir)),
      ];
      return {
        judgement: judge(ledger.promised, { effects, deadLetters: [], waiting: [] }),
        strikes: scale.strikes,
        broken: [
          ...(used.unreadable === 0
            ? []
            : [`${used.unreadable} times a credential did not open while keys were rotated`]),
          ...leaks.map((place) => `a secret was found in ${place}`),
        ],
        figures: { 'opened meanwhile': used.opened, 'replaced meanwhile': used.sealed, 'secrets found': leaks.length },
      };
    } finally {
      await Promise.all([service.close({ deadlineMs: 5_000 }), operator.close({ deadlineMs: 5_000 })]);
    }
  },
};

type KeyName = (typeof keyNames)[number];

interface Keys {
  readonly env: Readonly<Record<string, string>>;
  listOf(first: KeyName): KeyList;
  /** Seals with that one and opens with both. */
  vaultOf(first: KeyName): Vault;
  /** Knows that one only. */
  alone(name: KeyName): Vault;
}

function createKeys(): Keys {
  const env = Object.fromEntries(keyNames.map((name) => [name, randomBytes(32).toString('base64')]));
  const list = (names: readonly string[]): KeyList =>
    readKeyList(names.map((name) => `${name}:env:${name}`).join(','), (reference) => env[reference.slice(4)]);
  const listOf = (first: KeyName): KeyList => list([first, ...keyNames.filter((name) => name !== first)]);
  return {
    env,
    listOf,
    vaultOf: (first) => createVault(listOf(first)),
    alone: (name) => createVault(list([name])),
  };
}

function databaseOf({ installation }: FaultWorld, login: string): Database {
  return createDatabase({
    connectionString: databaseUrlOf(installation, login),
    schema: 'connections',
    applicationName: 'trunkline-faults-vault',
    maxConnections: openers + sealers + 2,
    statementTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
}

const secretOf = (id: string, nth: number): string => `${marker}${id}-${nth}`;

/** Rows as the service of connections makes them, past it: thousands in one statement. */
async function connect({ database, tenantId }: FaultWorld, ids: readonly string[], vault: Vault): Promise<void> {
  for (let from = 0; from < ids.length; from += insertAtOnce) {
    const some = ids.slice(from, from + insertAtOnce);
    const sealed = some.map((id) =>
      vault.seal(
        { tenantId, owner: id, generation: 1 },
        { credentials: JSON.stringify({ credentials: { botToken: secretOf(id, 1) } }) },
      ),
    );
    await database.statement(
      `INSERT INTO connections.connection (connection_id, tenant_id, provider, auth, rates, check_every_ms)
       SELECT id, $2, 'slack', 'api_key', '{}', 3600000 FROM unnest($1::text[]) AS id`,
      [some, tenantId],
    );
    await database.statement(
      `INSERT INTO connections.vault_key SELECT id, $2, 1, kek_id, dek FROM unnest($1::text[], $3::text[], $4::bytea[]) AS given (id, kek_id, dek)`,
      [some, tenantId, sealed.map(({ key }) => key.kekId), sealed.map(({ key }) => key.dekWrapped)],
    );
    await database.statement(
      `INSERT INTO connections.credential SELECT id, $2, 1, sealed FROM unnest($1::text[], $3::bytea[]) AS given (id, sealed)`,
      [some, tenantId, sealed.map((each) => each.sealed.credentials)],
    );
  }
}

interface Use {
  opened(): number;
  stop(): Promise<{ readonly opened: number; readonly sealed: number; readonly unreadable: number }>;
}

/** What services do meanwhile: open credentials, and replace them. */
function startUse(
  { world: { tenantId }, seed }: RowRun,
  { ids, database, vault }: { readonly ids: readonly string[]; readonly database: Database; readonly vault: Vault },
): Use {
  const random = createRandom(seed);
  const counts = { opened: 0, sealed: 0, unreadable: 0 };
  let isOver = false;
  const any = (): string => random.pick(ids);
  async function open(): Promise<void> {
    while (!isOver) {
      const id = any();
      const text = await database
        .transaction([tenantId], (tx) => openConnection(tx, vault, id))
        .then((connection) => JSON.stringify(connection?.credentials))
        .catch(() => '');
      counts[text.includes(`${marker}${id}-`) ? 'opened' : 'unreadable'] += 1;
    }
  }
  async function seal(): Promise<void> {
    for (let nth = 2; !isOver; nth += 1) {
      const id = any();
      await database.transaction([tenantId], (tx) =>
        sealCredentials(tx, vault, { id, tenantId, credentials: { botToken: secretOf(id, nth) } }),
      );
      counts.sealed += 1;
    }
  }
  const running = Promise.all([
    ...Array.from({ length: openers }, () => open()),
    ...Array.from({ length: sealers }, () => seal()),
  ]);
  return {
    opened: () => counts.opened,
    stop: async () => {
      isOver = true;
      await running;
      return counts;
    },
  };
}

interface Rotating {
  readonly vaults: Keys;
  readonly operator: Database;
}

/** The key that fewer are under: there is most to do towards it. */
async function targetOf({ world: { database } }: RowRun, vaults: Keys): Promise<KeyName> {
  const uses = await keyUses({ ...database, schema: 'connections' }, vaults.listOf('k0'));
  const [fewest] = uses.toSorted((one, other) => one.rows - other.rows);
  return fewest?.name === 'k1' ? 'k1' : 'k0';
}

function startRotator(
  { world, mutation }: RowRun,
  { vaults, target, failpoints }: { readonly vaults: Keys; readonly target: KeyName; readonly failpoints?: string },
): Promise<ServiceProcess> {
  const others = keyNames.filter((name) => name !== target);
  return world.start({
    name: 'connections',
    mutation,
    ...(failpoints === undefined ? {} : { failpoints }),
    env: {
      ...vaults.env,
      TRUNKLINE_VAULT_KEYS: [target, ...others].map((name) => `${name}:env:${name}`).join(','),
    },
  });
}

async function killOnce(
  run: RowRun,
  { vaults, operator, strike }: Rotating & { readonly strike: number },
): Promise<void> {
  const target = await targetOf(run, vaults);
  const point = crashPoints[strike % crashPoints.length];
  const process = await startRotator(run, { vaults, target, failpoints: `${point}=kill@1` });
  await process.ready();
  await askRotation(operator, { actor: 'faults' });
  await until(`the rotation is killed ${point}`, () => process.hasExited(), { deadlineMs: crashDeadlineMs });
  // Nobody waits for the lease of a process that is known to be dead.
  await run.world.database.statement(`UPDATE connections.work SET lease_until = NULL`, []);
}

/** Once to its end, without a kill. */
async function rotateWhole(run: RowRun, { vaults, operator }: Rotating): Promise<KeyName> {
  const target = await targetOf(run, vaults);
  const process = await startRotator(run, { vaults, target });
  await process.ready();
  await askRotation(operator, { actor: 'faults' });
  await until('everything is under the newest key', async () => (await askedWork(operator, 'rotation')).isDone, {
    deadlineMs: crashDeadlineMs,
  });
  await process.stop();
  return target;
}

/** Those that open. */
async function openedOf(ids: readonly string[], database: Database, vault: Vault): Promise<readonly string[]> {
  const opened: string[] = [];
  for (const id of ids) {
    const connection = await database
      .transaction(['tnt_fault'], (tx) => openConnection(tx, vault, id))
      .catch(() => undefined);
    if (JSON.stringify(connection?.credentials ?? '').includes(`${marker}${id}-`)) opened.push(id);
  }
  return opened;
}

/** What any session says to the server, looked at all the time. */
function watchStatements({ database }: FaultWorld): { stop(): Promise<readonly string[]> } {
  let isOver = false;
  let seen = false;
  const watching = (async () => {
    while (!isOver) {
      const rows = await database.statement(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND position($1 || 'con_' in query) > 0`,
        [marker],
      );
      seen ||= rows.length > 0;
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return seen ? ['pg_stat_activity'] : [];
    },
  };
}

/** Every row of every table as text, where bytes are hex digits: what a dump holds. */
async function leaksOfDatabase(database: Database): Promise<readonly string[]> {
  const tables = await database.statement<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    [],
  );
  const leaks: string[] = [];
  for (const { name } of tables) {
    const [found] = await database.statement<{ has: boolean }>(
      `SELECT EXISTS (SELECT FROM ${name} t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || $2 || '%') AS has`,
      [marker, Buffer.from(marker).toString('hex')],
    );
    if (found?.has === true) leaks.push(name);
  }
  return leaks;
}

async function leaksOfLogs(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory);
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  return files.filter((_, index) => texts[index]?.includes(marker) === true);
}
