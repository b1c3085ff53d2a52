/** One question to each server that only a working one answers. Each probe throws or answers false until then. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { loopback } from './ports.ts';

export interface Address {
  readonly port: number;
  readonly host?: string;
  /** PEM: whom we believe there, and who we are. In plain when absent. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

const probeTimeoutMs = 2_000;
const answerLimitBytes = 64 * 1024;

export type Probe = () => Promise<boolean>;

/** True when the URL answers 200. */
export function httpProbe(url: string): Probe {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
    await response.arrayBuffer();
    return response.status === 200;
  };
}

/** Redis asks for a password (NOAUTH) when it takes commands, and answers LOADING before. */
export function redisProbe(address: Address): Probe {
  return async () => {
    const answer = await exchange(address, { send: Buffer.from('PING\r\n'), enough: () => 7 });
    return /^(?:\+PONG|-NOAUTH)/.test(answer.toString('latin1'));
  };
}

/** PostgreSQL asks for a password ('R') when it takes connections, and answers an error ('E', 57P03) while it is starting. */
export function postgresProbe(address: Address): Probe {
  return async () => {
    const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0', 'latin1');
    const startup = Buffer.alloc(8);
    startup.writeInt32BE(startup.length + parameters.length, 0);
    startup.writeInt32BE(3 << 16, 4); // protocol 3.0
    const answer = await exchange(address, { send: Buffer.concat([startup, parameters]), enough: () => 1 });
    return answer.toString('latin1', 0, 1) === 'R';
  };
}

/** The broker's port opens before it has joined its own cluster; it is usable from the moment it lists itself. */
export function kafkaProbe(address: Address): Probe {
  return async () => (await listedBrokers(address)).includes(address.port);
}

/** The ports of the brokers that this one knows to be up: a Metadata request (key 3, version 1, no topics). */
export async function listedBrokers(address: Address): Promise<readonly number[]> {
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + 4);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(3, 4);
  request.writeInt16BE(1, 6);
  request.writeInt32BE(1, 8); // correlation id
  request.writeInt16BE(-1, 12); // no client id
  request.writeInt32BE(0, 14); // topics: an empty list, which in version 1 means none
  return portsOfBrokers(await askBroker(address, request));
}

/** The size that the answer begins with, and as many bytes. */
function sizeOfAnswer(received: Buffer): number {
  return 4 + (received.length < 4 ? 0 : received.readInt32BE(0));
}

/** Of a Metadata answer: [size, correlation, [node id, host, port, rack], …]. */
function portsOfBrokers(answer: Buffer): readonly number[] {
  if (answer.length < sizeOfAnswer(answer)) return [];
  const ports: number[] = [];
  let at = 12;
  for (let left = answer.readInt32BE(8); left > 0; left -= 1) {
    at += 4 + 2 + answer.readInt16BE(at + 4);
    ports.push(answer.readInt32BE(at));
    at += 4 + 2 + Math.max(0, answer.readInt16BE(at + 4));
  }
  return ports;
}

/** One request to a broker and its answer, both with their size in front. */
export async function askBroker(address: Address, request: Buffer): Promise<Buffer> {
  return await exchange(address, { send: request, enough: sizeOfAnswer });
}

/** Sends, and collects until enough bytes came or the server closed. */
async function exchange(
  address: Address,
  talk: { readonly send: Buffer; readonly enough: (received: Buffer) => number },
): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const { tls, ...to } = { host: loopback, ...address };
    const socket = tls === undefined ? connect(to) : connectTls({ ...to, ...tls });
    let received = Buffer.alloc(0);
    const finish = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(probeTimeoutMs, () =>
      finish(() => reject(new Error(`no answer on port ${address.port} within ${probeTimeoutMs} ms`))),
    );
    socket.once('error', (error) => finish(() => reject(error)));
    socket.once('end', () => finish(() => resolve(received)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= talk.enough(received) || received.length > answerLimitBytes)
        finish(() => resolve(received));
    });
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write(talk.send));
  });
}
