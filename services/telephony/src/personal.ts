import { personalTable, type PersonalTable } from '@trunkline/consumer';

/** What this service keeps of people, and what goes with whom when somebody's address is erased. */
export const personal: readonly PersonalTable[] = [
  personalTable({
    topic: 'telephony.call.v1',
    parties: {
      from: { addresses: ['fromAddress'] },
      to: { addresses: ['toAddress'] },
      forwarder: { addresses: ['forwardedFrom'] },
    },
  }),
  personalTable({
    topic: 'telephony.message.v1',
    parties: { from: { addresses: ['fromAddress'], names: ['senderName'] }, to: { addresses: ['toAddress'] } },
    texts: ['body'],
  }),
  personalTable({
    topic: 'telephony.transcript.v1',
    texts: ['text'],
    follows: { topic: 'telephony.call.v1', field: 'callId' },
  }),
];
