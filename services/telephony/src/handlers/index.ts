import { defineHandler, type RegisteredHandler } from '@trunkline/consumer';

import { callHandler } from './call.ts';
import { messageHandler } from './message.ts';
import { recordingHandler } from './recording.ts';
import { transcriptHandler } from './transcript.ts';

/** Everything this service does with events. One more behaviour is one more line. */
export const handlers: readonly RegisteredHandler[] = [
  defineHandler(callHandler),
  defineHandler(recordingHandler),
  defineHandler(transcriptHandler),
  defineHandler(messageHandler),
];
