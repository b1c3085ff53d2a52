import { type BatchHandler, type HandlerOffers, noticeHandler } from '@trunkline/consumer';

import { phoneOfCall } from '../phones/call-phone.ts';
import { worthTellingMs } from './worth-telling.ts';

/**
 * Asks that the owners of the phone that a call belongs to be told of its transcript: once for a recording or call, of
 * which a running transcription tells a part every few seconds.
 */
export function newTranscript({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): BatchHandler<'telephony.transcript.v1'> {
  return noticeHandler(
    {
      template: 'new_transcript',
      topic: 'telephony.transcript.v1',
      types: ['telephony.transcript.available'],
      worthTellingMs,
      notice: async ({ record: { metadata, callId, recordingId, isFinal, language } }, tx) =>
        isFinal === false
          ? undefined
          : {
              phone: await phoneOfCall(tx, directory, { metadata, callId }),
              parameters: { callId, recordingId, language },
              names: [],
              ...aboutOf(callId, recordingId),
            },
    },
    notices,
  );
}

function aboutOf(
  callId: string | null,
  recordingId: string | null,
): { readonly about?: { readonly kind: string; readonly id: string } } {
  if (recordingId !== null) return { about: { kind: 'recording', id: recordingId } };
  return callId === null ? {} : { about: { kind: 'call', id: callId } };
}
