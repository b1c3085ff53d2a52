import { type ErrorCode, TrunklineError } from '@trunkline/core';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';

import { connectionErrors, connectionMessages, driverError, lostConnection, sqlStates } from './driver-error.ts';

/** What a consumer must do follows from these, so they are written out a second time and not derived. */
const states: readonly (readonly [string, string, ErrorCode])[] = [
  ['08006', 'connection failure', 'dependency_unavailable'],
  ['22P02', 'invalid text representation', 'unknown'],
  ['23502', 'not null violation', 'constraint_violated'],
  ['23503', 'foreign key violation', 'constraint_violated'],
  ['23505', 'unique violation', 'constraint_violated'],
  ['23514', 'check violation', 'constraint_violated'],
  ['25006', 'read only sql transaction', 'dependency_unavailable'],
  ['25P02', 'in failed sql transaction', 'unknown'],
  ['25P03', 'idle in transaction session timeout', 'handler_timeout'],
  ['25P04', 'transaction timeout', 'handler_timeout'],
  ['40001', 'serialization failure', 'conflict'],
  ['40002', 'transaction integrity constraint violation', 'unknown'],
  ['40P01', 'deadlock detected', 'conflict'],
  ['42501', 'insufficient privilege', 'unknown'],
  ['42P01', 'undefined table', 'unknown'],
  ['53100', 'disk full', 'dependency_unavailable'],
  ['53200', 'out of memory', 'dependency_unavailable'],
  ['53300', 'too many connections', 'dependency_unavailable'],
  ['53400', 'configuration limit exceeded', 'unknown'],
  ['55006', 'object in use', 'unknown'],
  ['55P03', 'lock not available', 'dependency_unavailable'],
  ['57014', 'query canceled', 'dependency_unavailable'],
  ['57P01', 'admin shutdown', 'dependency_unavailable'],
  ['57P02', 'crash shutdown', 'dependency_unavailable'],
  ['57P03', 'cannot connect now', 'dependency_unavailable'],
  ['57P04', 'database dropped', 'dependency_unavailable'],
  ['58030', 'io error', 'dependency_unavailable'],
  ['P0001', 'raise exception', 'unknown'],
  ['XX000', 'internal error', 'unknown'],
];

const sockets =
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN ENOTFOUND EAI_AGAIN ENOENT ERR_STREAM_PREMATURE_CLOSE'.split(
    ' ',
  );

const tls = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
];

const messages: readonly string[] = [
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'The server does not support SSL connections',
];

function databaseError(code: string): DatabaseError {
  return Object.assign(new DatabaseError('told by the server', 0, 'error'), { code });
}

describe('an error of Postgres', () => {
  it.each(states)('%s (%s) is %s', (state, _name, code) => {
    const thrown = databaseError(state);

    expect(driverError(thrown)).toMatchObject({ code, message: 'told by the server', cause: thrown });
  });

  it.each([
    ['08P01', 'ERROR', 'unknown'], // a statement that was sent with the wrong number of values
    ['08001', 'ERROR', 'unknown'], // a foreign server that is away
    ['08P01', 'FATAL', 'dependency_unavailable'], // PgBouncer, whose server is away
    ['08006', 'FATAL', 'dependency_unavailable'],
  ] as const)('%s (%s) is %s, because only what ends the session is about its connection', (state, severity, code) => {
    expect(driverError(Object.assign(databaseError(state), { severity })).code).toBe(code);
  });

  it('has no row in the table that no line above stands for', () => {
    const found = states.map(([state]) => sqlStates.findIndex(([beginning]) => state.startsWith(beginning)));

    expect(new Set(found.filter((index) => index >= 0)).size).toBe(sqlStates.length);
  });
});

describe('an error of the connection to Postgres', () => {
  it.each([...sockets, ...tls])('%s is an outage', (code) => {
    expect(driverError(Object.assign(new Error('socket'), { code })).code).toBe('dependency_unavailable');
  });

  it.each(messages)('"%s" is an outage', (message) => {
    expect(driverError(new Error(message)).code).toBe('dependency_unavailable');
  });

  it('has no entry in the lists that no line above stands for', () => {
    expect([...connectionErrors].toSorted()).toEqual([...sockets].toSorted());
    expect(connectionMessages.filter((text) => !messages.some((message) => message.includes(text)))).toEqual([]);
  });
});

describe('what a connection was lost to', () => {
  it.each([
    ['a code of the operating system that nobody listed', Object.assign(new Error('write EPROTO'), { code: 'EPROTO' })],
    ['a message that nobody listed', new Error('Received unexpected commandComplete message from backend.')],
    ['a reason of the server that nobody listed', databaseError('XX000')],
  ])('is an outage: %s', (_name, thrown) => {
    expect(lostConnection(thrown)).toMatchObject({ code: 'dependency_unavailable', cause: thrown });
  });

  it('is the reason that the server gave where it means something else', () => {
    expect(lostConnection(databaseError('25P03')).code).toBe('handler_timeout');
  });
});

describe('another error', () => {
  it.each([
    ['a mistake in our own code', new TypeError('Converting circular structure to JSON')],
    ['a code of five letters that is none of the server', Object.assign(new Error('x'), { code: '57P01' })],
    ['another code of the operating system', Object.assign(new Error('x'), { code: 'EACCES' })],
    ['a text', 'Connection'],
  ])('is unknown: %s', (_name, thrown) => {
    expect(driverError(thrown).code).toBe('unknown');
  });

  it('that is ours stays as it is', () => {
    const error = new TrunklineError('business_rejected', 'no');

    expect(driverError(error)).toBe(error);
  });
});
