import { type BatchHandler, type HandlerOffers, noticeHandler } from '@trunkline/consumer';

import { phoneOfCall } from '../phones/call-phone.ts';
import { worthTellingMs } from './worth-telling.ts';

/** Asks that the owners of the phone that a call belongs to be told of its recording. */
export function newRecording({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): BatchHandler<'telephony.recording.v1'> {
  return noticeHandler(
    {
      template: 'new_recording',
      topic: 'telephony.recording.v1',
      types: ['telephony.recording.available'],
      worthTellingMs,
      notice: async ({ record: { metadata, callId, durationSeconds } }, tx) => ({
        phone: await phoneOfCall(tx, directory, { metadata, callId }),
        parameters: { callId, durationSeconds },
        names: [],
      }),
    },
    notices,
  );
}
