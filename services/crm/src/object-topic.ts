/** Topics of the objects that a CRM keeps: they are deleted, restored and erased, and told of property by property. */
export type ObjectTopic = 'crm.contact.v1' | 'crm.company.v1' | 'crm.deal.v1' | 'crm.ticket.v1' | 'crm.activity.v1';
