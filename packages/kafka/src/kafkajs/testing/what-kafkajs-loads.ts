/** A program: says, as JSON, which of the replaced files `require` answers with ours. */
import { createRequire } from 'node:module';

import { FetchedBatch } from '../fetched-batch.ts';
import { decodeMessages } from '../fetched-records.ts';
import { groupMessagesPerPartition } from '../group-messages.ts';
import { patchOutcome } from '../library.ts';
import { produceRequest } from '../produce-request.ts';
import { createRequest } from '../request-bytes.ts';
import { metadataResponse, produceResponse } from '../responses.ts';

// As kafkajs asks for them, through whatever hooks `require`.
const load = createRequire(import.meta.url);
const ours = {
  'kafkajs/src/producer/groupMessagesPerPartition.js': groupMessagesPerPartition,
  'kafkajs/src/protocol/requests/produce/v3/request.js': produceRequest,
  'kafkajs/src/protocol/request.js': createRequest,
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js': decodeMessages,
  'kafkajs/src/consumer/batch.js': FetchedBatch,
  'kafkajs/src/protocol/requests/metadata/v6/response.js': metadataResponse,
  'kafkajs/src/protocol/requests/produce/v7/response.js': produceResponse,
};

const answers = Object.entries(ours).map(([file, exports]) => [file, load(file) === exports]);
process.stdout.write(JSON.stringify({ patchOutcome, ...Object.fromEntries(answers) }));
process.exit();
