/** Where a message may stand, in the order of its life; services/notifications/migrations say what each means. */
export const messageStates = [
  'asked',
  'no_sender',
  'sending',
  'accepted',
  'delivered',
  'undelivered',
  'unknown',
  'held',
  'failed',
  'expired',
  'suppressed',
  'collapsed',
] as const;

export type MessageState = (typeof messageStates)[number];
