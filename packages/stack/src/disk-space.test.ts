import { tmpdir } from 'node:os';

import { TrunklineError } from '@trunkline/core';
import { expect, it } from 'vitest';

import { freeMegabytes, fullBelowMegabytes, namingFullDisk } from './disk-space.ts';

const failure = new TrunklineError('dependency_unavailable', 'initdb failed: could not write');

it('a failure on a full disk says so before the words of the server, with the folder', async () => {
  const named = await namingFullDisk(failure, '/data', () => Promise.resolve(fullBelowMegabytes - 1));

  expect(named).toMatchObject({
    message: expect.stringMatching(/^the disk is full: \/data has 15 MB free;.*initdb failed: could not write$/),
    cause: failure,
  });
});

it('any other failure stays what it is, also where nobody can tell how much room there is', async () => {
  expect(await namingFullDisk(failure, '/data', () => Promise.resolve(fullBelowMegabytes))).toBe(failure);
  expect(await namingFullDisk(failure, '/data', () => Promise.reject(new Error('no such folder')))).toBe(failure);
});

it('the room of a folder is that of its file system', async () => {
  expect(await freeMegabytes(tmpdir())).toBeGreaterThan(0);
});
