// Written by npm run generate from services/*/src/handlers.
export const generatedGroups = [
  {
    name: 'payments',
    topics: [
      'payments.payment.v1',
      'payments.invoice.v1',
      'payments.subscription.v1',
      'payments.refund.v1',
      'payments.dispute.v1',
      'payments.checkout.v1',
      'payments.payout.v1',
    ],
  },
  {
    name: 'telephony',
    topics: [
      'telephony.call.v1',
      'telephony.recording.v1',
      'telephony.transcript.v1',
      'telephony.message.v1',
    ],
  },
] as const;
