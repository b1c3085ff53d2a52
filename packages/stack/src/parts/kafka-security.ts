/** What makes Kafka a secured one: an authority and certificates of this start, and passwords that stay with its data. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';

import { foreignCode } from '@trunkline/core';

import { type Certificate, type CertificateAuthority, createAuthority } from '../certificates.ts';
import { loopback } from '../ports.ts';
import { type Address, askBroker, listedBrokers, type Probe } from '../probes.ts';
import type { StackSecurity } from '../types.ts';
import { waitForProbe } from '../wait-for-probe.ts';
import { type KafkaSecurityFiles, superUsers } from './kafka-properties.ts';
import { listUsers, putUsers, setBrokerSettings } from './kafka-requests.ts';

export interface KafkaSecurity extends StackSecurity {
  readonly files: KafkaSecurityFiles;
  /** Whether the broker works and knows every user; those that it does not know it is told of. */
  readonly probe: Probe;
}

interface SecurityOptions {
  readonly dataDir: string;
  readonly users: readonly string[];
  readonly internalPort: number;
  readonly clientPort: number;
}

const passwordBytes = 24;
const renewalDeadlineMs = 20_000;
const names = ['localhost', loopback];

/** Whoever may log in, beside the administrator. The folder is readable by its owner only. */
export async function prepareKafkaSecurity({
  dataDir,
  users,
  internalPort,
  clientPort,
}: SecurityOptions): Promise<KafkaSecurity> {
  const folder = join(dataDir, 'kafka-tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwords = await keptPasswords(join(dataDir, 'kafka-passwords.json'), [superUsers.administrator, ...users]);
  const inFolder = (name: string): string => join(folder, name);
  const caFile = inFolder('ca.crt');
  const plainUser = { name: superUsers.administrator, password: passwords[superUsers.administrator] ?? '' };
  const files = {
    caFile: inFolder('brokers-ca.crt'),
    brokerFile: inFolder('broker.pem'),
    serverFile: inFolder('server.pem'),
    plainUser,
  };
  let authority = createAuthority('Trunkline, this start');
  const broker = authority.issue(superUsers.broker, names);
  for (const file of [caFile, files.caFile]) await writeFile(file, authority.certificate);
  for (const file of [files.brokerFile, files.serverFile]) await writeBroker(file, broker);
  const [certFile, keyFile] = [inFolder('broker.crt'), inFolder('broker.key')];
  await writeFile(certFile, broker.certificate);
  await writeFile(keyFile, broker.key, { mode: 0o600 });
  const address = {
    port: internalPort,
    tls: { ca: authority.certificate, cert: broker.certificate, key: broker.key },
  };
  return {
    files,
    caFile,
    passwords,
    byCertificate: { broker: `${loopback}:${internalPort}`, certFile, keyFile },
    probe: usersProbe(address, passwords),
    renewCertificates: async () => {
      const next = createAuthority('Trunkline, renewed');
      // Both are believed while some of the brokers have the old one's, and some clients have not read it again.
      await writeFile(caFile, authority.certificate + next.certificate);
      await renewServer(files.serverFile, next, address);
      // The broker answers before it has read the file.
      const shown = (): Promise<boolean> => isBelieved(clientPort, next.certificate);
      await waitForProbe(shown, { what: 'the renewed certificate of Kafka', deadlineMs: renewalDeadlineMs });
      authority = next;
    },
    forgetOldAuthority: async () => {
      await writeFile(caFile, authority.certificate);
    },
  };
}

/** Whether what is shown there is of this authority. */
async function isBelieved(port: number, ca: string): Promise<boolean> {
  const socket = connect({ host: loopback, port, ca });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(renewalDeadlineMs) });
    return true;
  } finally {
    socket.destroy();
  }
}

/** Of its clients' listeners: brokers among themselves and we keep to the certificates of the start. */
async function renewServer(serverFile: string, authority: CertificateAuthority, address: Address): Promise<void> {
  await writeBroker(serverFile, authority.issue(superUsers.broker, names));
  await setBrokerSettings((request) => askBroker(address, request), {
    broker: 1,
    settings: {
      'listener.name.clients.ssl.keystore.location': serverFile,
      'listener.name.proxy.ssl.keystore.location': serverFile,
    },
  });
}

async function writeBroker(file: string, { certificate, key }: Certificate): Promise<void> {
  await writeFile(file, key + certificate, { mode: 0o600 });
}

/** What a broker is told reaches what it knows a moment later, and a login before that is refused. */
function usersProbe(address: Address, passwords: Readonly<Record<string, string>>): Probe {
  const exchange = (request: Buffer): Promise<Buffer> => askBroker(address, request);
  let isTold = false;
  return async () => {
    if (!(await listedBrokers(address)).includes(address.port)) return false;
    if (!isTold) await putUsers(exchange, passwords);
    isTold = true;
    const known = await listUsers(exchange);
    return Object.keys(passwords).every((name) => known.includes(name));
  };
}

/** Those of the file, and new ones for users that it does not know. */
async function keptPasswords(file: string, users: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const kept = await passwordsIn(file);
  const missing = users.filter((name) => kept[name] === undefined);
  const all = {
    ...kept,
    ...Object.fromEntries(missing.map((name) => [name, randomBytes(passwordBytes).toString('hex')])),
  };
  await writeFile(file, `${JSON.stringify(all)}\n`, { mode: 0o600 });
  return all;
}

async function passwordsIn(file: string): Promise<Readonly<Record<string, string>>> {
  try {
    // We wrote it.
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    if (foreignCode(error) === 'ENOENT') return {};
    throw error;
  }
}
