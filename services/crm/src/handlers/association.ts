import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/** Keeps crm.association at the newest state that any event told; every field has a version of its own. */
export const associationHandler: ProjectionHandler<'crm.association.v1'> = projectionHandler({
  topic: 'crm.association.v1',
  versions: 'field',
  leaves: ['changeSource'],
  columns: {
    associationType: 'text',
    fromKind: 'text',
    fromId: 'text',
    toKind: 'text',
    toId: 'text',
    isRemoved: 'boolean',
    isPrimary: 'boolean',
  },
});
