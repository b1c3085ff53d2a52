/** GreenMail: a mail server of somebody else's for tests, with its mailboxes read back. Nothing of ours needs one to run, so it is no part of a stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { messageOf, TrunklineError } from '@trunkline/core';

import { greenMailArtifact } from './artifacts.ts';
import { ensureArtifact, isCached } from './cache.ts';
import { cacheDirOf, type Env, userEnv } from './config.ts';
import { serverEnv } from './parts/plan.ts';
import { freePort, loopback } from './ports.ts';
import { httpProbe } from './probes.ts';
import { findJava, requireMaven } from './tools.ts';
import { waitForProbe } from './wait-for-probe.ts';

export interface ReceivedMail {
  readonly subject: string;
  /** As it came, headers and body. */
  readonly source: string;
}

export interface MailServer {
  /** In plain, for whoever is on this machine. */
  readonly port: number;
  /** The same by TLS, with a certificate that nobody vouches for. */
  readonly tlsPort: number;
  /** Whom it lets log in; it takes mail from those who do not, too. */
  readonly login: { readonly user: string; readonly password: string };
  /** The mailbox of an address, oldest first. Every address has one. */
  mailsTo(address: string): Promise<readonly ReceivedMail[]>;
  /** Resolves when the process is gone, and what it was sent with it. */
  stop(): Promise<void>;
}

/** A JVM on a machine with much else to do. */
const startDeadlineMs = 110_000;
/** On other ports each time: somebody took one between our look and its own. */
const mostStarts = 3;
const portTaken = /Address already in use|BindException/;
const keptCharacters = 4_000;
const requestDeadlineMs = 10_000;
const stopGraceMs = 5_000;

/** Why a mail server cannot be started on this machine; undefined where it can. */
export async function mailServerProblem(env: Env = userEnv()): Promise<string | undefined> {
  try {
    await findJava(env);
    if (!(await isCached(greenMailArtifact, cacheDirOf(env, homedir())))) await requireMaven(env);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Starts one on free ports, downloaded first where it is not in the cache. */
export async function startMailServer(env: Env = userEnv()): Promise<MailServer> {
  const [java, folder] = await Promise.all([
    findJava(env),
    ensureArtifact(greenMailArtifact, { cacheDir: cacheDirOf(env, homedir()), env }),
  ]);
  const jar = join(folder, 'greenmail-standalone-2.1.13.jar');
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce({ java: java.command, jar, env });
    } catch (error) {
      if (start === mostStarts || !portTaken.test(messageOf(error))) throw error;
    }
  }
}

interface Program {
  readonly java: string;
  readonly jar: string;
  readonly env: Env;
}

async function startOnce({ java, jar, env }: Program): Promise<MailServer> {
  const [port, tlsPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const login = { user: 'hello@trunkline.example', password: 'password-of-hello' };
  const [name = '', domain = ''] = login.user.split('@');
  const settings = {
    // Of each of its servers, 2 s unless told: not enough on a machine with much else to do.
    'startup.timeout': startDeadlineMs,
    'smtp.hostname': loopback,
    'smtp.port': port,
    'smtps.hostname': loopback,
    'smtps.port': tlsPort,
    'api.hostname': loopback,
    'api.port': apiPort,
    users: `${name}:${login.password}@${domain}`,
    'users.login': 'email',
  };
  const server = spawn(
    java,
    [
      '-Xmx64m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...Object.entries(settings).map(([key, value]) => `-Dgreenmail.${key}=${value}`),
      '-jar',
      jar,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: serverEnv(env) },
  );
  const ended = once(server, 'close');
  const api = `http://${loopback}:${apiPort}/api`;
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), stopGraceMs);
    await ended;
    clearTimeout(late);
  };
  const words = hear(server);
  try {
    const answers = httpProbe(`${api}/service/readiness`);
    await waitForProbe(answers, {
      what: greenMailArtifact.title,
      deadlineMs: startDeadlineMs,
      signal: words.failed,
    });
  } catch (error) {
    await stop();
    throw new TrunklineError('dependency_unavailable', `${messageOf(error)}; it said: ${words.last()}`, {
      cause: error,
    });
  }
  return { port, tlsPort, login, mailsTo: (address) => readMailbox(api, address), stop };
}

interface Words {
  /** Aborted when it cannot start any more: with a port that is taken it hangs and does not end. */
  readonly failed: AbortSignal;
  last(): string;
}

function hear(server: ChildProcess): Words {
  const failed = new AbortController();
  let said = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-keptCharacters);
      if (portTaken.test(said)) failed.abort(new Error('a port of it is taken'));
    });
  }
  server.once('close', () => failed.abort(new Error(`${greenMailArtifact.title} ended while it started`)));
  return { failed: failed.signal, last: () => said.trim() };
}

/** https://greenmail-mail-test.github.io/greenmail/#rest-api */
async function readMailbox(api: string, address: string): Promise<readonly ReceivedMail[]> {
  const url = `${api}/user/${encodeURIComponent(address)}/messages`;
  const response = await fetch(url, { signal: AbortSignal.timeout(requestDeadlineMs) });
  const body = await response.text();
  // It makes a mailbox with the first mail.
  if (response.status === 400 || response.status === 404) return [];
  if (!response.ok) throw new TrunklineError('dependency_unavailable', `GreenMail answered ${response.status}`);
  // As its API promises.
  const messages = JSON.parse(body) as { readonly subject: string | null; readonly mimeMessage: string }[];
  return messages.map(({ subject, mimeMessage }) => ({ subject: subject ?? '', source: mimeMessage }));
}
