/**
 * The one door to kafkajs. Some of its modules are replaced by ours, and a replaced module counts only for whoever loads
 * it later; so this file puts them in place and then loads the library, once, on import. Everybody else in this package
 * takes the library's values from here (its types from the library itself); library.test.ts looks for who does not.
 */
import { createRequire, Module } from 'node:module';

import type kafkajsModule from 'kafkajs';

import { installClockPatch } from './clock-patch.ts';
import { FetchedBatch } from './fetched-batch.ts';
import { decodeMessages } from './fetched-records.ts';
import { groupMessagesPerPartition } from './group-messages.ts';
import { installLeaderlessPatch } from './leaderless-patch.ts';
import { produceRequest } from './produce-request.ts';
import { createRequest } from './request-bytes.ts';
import { metadataResponse, produceResponse } from './responses.ts';
import { installTimerPatch, type PatchOutcome, patchedVersion } from './timer-patch.ts';
import { installWholeAnswersPatch } from './whole-answers-patch.ts';

const load = createRequire(import.meta.url);

/** Of each replaced module, whose contract is that of the file it stands for. */
const replacements: Readonly<Record<string, unknown>> = {
  'kafkajs/src/producer/groupMessagesPerPartition.js': groupMessagesPerPartition,
  // Versions 4 to 7 are made of version 3.
  'kafkajs/src/protocol/requests/produce/v3/request.js': produceRequest,
  'kafkajs/src/protocol/request.js': createRequest,
  // Versions 4 to 11 of the answer to a fetch are read by it.
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js': decodeMessages,
  'kafkajs/src/consumer/batch.js': FetchedBatch,
  // The newest versions it speaks, so those it uses.
  'kafkajs/src/protocol/requests/metadata/v6/response.js': metadataResponse,
  'kafkajs/src/protocol/requests/produce/v7/response.js': produceResponse,
};

/** What became of the replacements and the patches; anything but `installed` is told in the log of a connection. */
export const patchOutcome: PatchOutcome = installPatches();

// The declaration of the package describes what is loaded here.
export const kafkajs: typeof kafkajsModule = load('kafkajs') as typeof kafkajsModule;

function installPatches(): PatchOutcome {
  const manifest: unknown = load('kafkajs/package.json');
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'other_version';
  if (manifest.version !== patchedVersion) return 'other_version';
  for (const [file, exports] of Object.entries(replacements)) if (!replaceModule(file, exports)) return 'too_late';
  for (const install of [installClockPatch, installTimerPatch, installLeaderlessPatch, installWholeAnswersPatch]) {
    const outcome = install();
    if (outcome !== 'installed') return outcome;
  }
  return 'installed';
}

/**
 * Puts a module of ours where `require` looks before it reads the file. It has to be there before anybody asks for the
 * file: OpenTelemetry's hook remembers for good what it was given first.
 */
function replaceModule(file: string, exports: unknown): boolean {
  const path = load.resolve(file);
  if (load.cache[path] !== undefined) return false;
  const replacement = new Module(path);
  replacement.filename = path;
  replacement.loaded = true;
  replacement.exports = exports;
  load.cache[path] = replacement;
  return true;
}
