import type { VerifiedDelivery } from '../contract/delivery.ts';
import type { Reply } from '../contract/reply.ts';
import { messageOf } from './message-of.ts';
import type { TwilioOptions } from './options.ts';

/** TwiML where Twilio asks what to do, nothing where it only tells: a body would be taken for TwiML and logged as an error. */
export function replyToTwilio(delivery: VerifiedDelivery<TwilioOptions>): Reply {
  const message = messageOf(delivery);
  const kind = typeof message === 'object' ? message.kind : 'other';
  const { voiceAnswer, messageAnswer } = delivery.settings.options;
  if (kind === 'voice' || kind === 'voice-action') return twiml(voiceAnswer);
  return kind === 'incoming-message' ? twiml(messageAnswer) : { status: 204, headers: {}, body: '' };
}

function twiml(body: string): Reply {
  return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body };
}
