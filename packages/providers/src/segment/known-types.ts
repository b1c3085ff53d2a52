/** The types of messages that the documentation names (2026), in its words: what is not mapped is listed on the page. */
export const segmentKnownTypes: readonly string[] = ['track', 'identify', 'page', 'screen', 'group', 'alias', 'delete'];
