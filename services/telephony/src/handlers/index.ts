import { defineHandler, defineRequestHandler, erasureHandler, type Handlers, sequence } from '@trunkline/consumer';
import type { RequestTopic } from '@trunkline/events';

import { personal } from '../personal.ts';
import { phonesOf } from '../phones/link.ts';
import { callHandler } from './call.ts';
import { followedBy } from './followed-by.ts';
import { inboundMessages } from './inbound-message.ts';
import { messageHandler } from './message.ts';
import { missedCalls } from './missed-call.ts';
import { newRecording } from './new-recording.ts';
import { newTranscript } from './new-transcript.ts';
import { recordingHandler } from './recording.ts';
import { transcriptHandler } from './transcript.ts';

/** What its handlers ask others for. */
export const asks: readonly RequestTopic[] = ['notifications.request.v1'];

/** Everything this service does with events. One more behaviour is one more line. */
export const handlers: Handlers = ({ book, directory, notices }) => [
  defineHandler(followedBy(callHandler({ book }), phonesOf('call', directory), missedCalls({ directory, notices }))),
  defineHandler(
    followedBy(messageHandler({ book }), phonesOf('message', directory), inboundMessages({ directory, notices })),
    // A thread: both directions between two numbers have one key. What can never be applied does not end it.
    { ordering: 'strict', onDead: 'release' },
  ),
  defineHandler(sequence('recording', [recordingHandler, newRecording({ directory, notices })])),
  defineHandler(sequence('transcript', [transcriptHandler({ book }), newTranscript({ directory, notices })])),
  defineRequestHandler(erasureHandler(personal, { book })),
];
