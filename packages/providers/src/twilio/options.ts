import { z } from 'zod';

/** Twilio refuses TwiML beyond 64 KB, as far as is known; an answer is a few hundred bytes. */
const maxTwimlLength = 64_000;

const emptyTwiml = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

const twiml = z
  .string()
  .max(maxTwimlLength)
  .regex(/^\s*(?:<\?xml[^>]*\?>\s*)?<Response(?:\s[^>]*)?(?:\/>\s*$|>[\s\S]*<\/Response>\s*$)/, {
    error: 'TwiML is one <Response> element',
  });

export const twilioOptions = z.strictObject({
  voiceAnswer: twiml
    .default(emptyTwiml)
    .describe(
      'The TwiML for requests that ask what to do with a call. The default, an empty Response, hangs up: set it, or point only status callbacks at this source.',
    ),
  messageAnswer: twiml
    .default(emptyTwiml)
    .describe('The TwiML for incoming messages. The default, an empty Response, sends no reply.'),
  publishRecordingUrls: z
    .boolean()
    .default(false)
    .describe(
      'Whether events carry the address of a recording. Only with HTTP basic authentication for media access switched on at Twilio: without it, whoever has the address can listen.',
    ),
});

export type TwilioOptions = z.output<typeof twilioOptions>;
