/**
 * What happened to an entity, in the last word of Clerk's type. An update says nothing about existence: a late one must not
 * bring a deleted entity back.
 */
export type Action = 'created' | 'updated' | 'deleted';
