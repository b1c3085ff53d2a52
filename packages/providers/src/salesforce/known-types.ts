/** The types of messages that the documentation names (2026), in its words: what is not mapped is listed on the page. */
export const salesforceKnownTypes: readonly string[] = [
  'Contact',
  'Lead',
  'Account',
  'Opportunity',
  'Case',
  'Task',
  'Event',
  'Campaign',
  'CampaignMember',
  'Contract',
  'Order',
  'Asset',
  'Product2',
  'User',
];
