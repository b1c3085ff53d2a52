/** One question to each server that only a working one answers. Each probe throws or answers false until then. */
import { connect } from 'node:net';

import { loopback } from './ports.ts';

export interface Address {
  readonly port: number;
  readonly host?: string;
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
    const answer = await exchange(address, { send: Buffer.from('PING\r\n'), enough: 7 });
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
    const answer = await exchange(address, { send: Buffer.concat([startup, parameters]), enough: 1 });
    return answer.toString('latin1', 0, 1) === 'R';
  };
}

/**
 * A Metadata request (key 3, version 1, no topics). The broker's port opens before it has joined its own cluster; it is
 * usable from the moment it lists itself.
 */
export function kafkaProbe(address: Address): Probe {
  return async () => {
    const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + 4);
    request.writeInt32BE(request.length - 4, 0);
    request.writeInt16BE(3, 4);
    request.writeInt16BE(1, 6);
    request.writeInt32BE(1, 8); // correlation id
    request.writeInt16BE(-1, 12); // no client id
    request.writeInt32BE(0, 14); // topics: an empty list, which in version 1 means none
    const brokerCountAt = 8;
    const answer = await exchange(address, { send: request, enough: brokerCountAt + 4 });
    return answer.length >= brokerCountAt + 4 && answer.readInt32BE(brokerCountAt) > 0;
  };
}

/** Sends, and collects until enough bytes came or the server closed. */
async function exchange(address: Address, talk: { readonly send: Buffer; readonly enough: number }): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: loopback, ...address });
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
      if (received.length >= talk.enough || received.length > answerLimitBytes) finish(() => resolve(received));
    });
    socket.once('connect', () => socket.write(talk.send));
  });
}
