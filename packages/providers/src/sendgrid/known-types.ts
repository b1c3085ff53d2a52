/** The types of messages that the documentation names (2026), in its words: what is not mapped is listed on the page. */
export const sendgridKnownTypes: readonly string[] = [
  'processed',
  'deferred',
  'delivered',
  'bounce',
  'dropped',
  'open',
  'click',
  'spamreport',
  'unsubscribe',
  'group_unsubscribe',
  'group_resubscribe',
];
