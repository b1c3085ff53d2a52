/**
 * What owners can be told: the one list that the file of the installation, the handlers that ask and the texts that are
 * sent know. A name is never changed or used again, because it is part of what has been told already.
 */
export const templates = {
  missed_call: 'a call that nobody took',
  new_recording: 'a call has a recording',
  new_transcript: 'a call or a recording has a transcript',
  inbound_message: 'a message came in',
  payment_failed: 'a payment did not go through',
  dispute_opened: 'a customer disputes a payment',
  payout_failed: 'a payout did not reach the bank account',
  refund_failed: 'a refund did not reach the customer',
  booking_requested: 'somebody asks for a booking, which is to be confirmed',
  booking_created: 'a booking is made',
  booking_moved: 'a booking is at another time',
  booking_to_be_moved: 'a host or guest wants another time for a booking',
  booking_canceled: 'a booking is off',
  booking_rejected: 'a request for a booking was turned down',
  no_show: 'a guest did not come',
  no_show_cleared: 'a guest who was said not to have come did come',
} as const satisfies Readonly<Record<string, string>>;

export type Template = keyof typeof templates;

// The keys of a closed object are its templates.
export const templateNames = Object.keys(templates) as readonly Template[];

export function isTemplate(text: string): text is Template {
  return Object.hasOwn(templates, text);
}
