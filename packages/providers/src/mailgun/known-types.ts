/** The types of messages that the documentation names (2026), in its words: what is not mapped is listed on the page. */
export const mailgunKnownTypes: readonly string[] = [
  'accepted',
  'delivered',
  'temporary_fail',
  'permanent_fail',
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
  'stored',
  'rejected',
  'list_member_uploaded',
  'list_uploaded',
];
