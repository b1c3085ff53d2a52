/** How many random histories a property test of the integration tier tries; `npm test -- --property-runs 200` sets it. */
export const propertyRunsVariable = 'TRUNKLINE_PROPERTY_RUNS';
/** What random histories begin with: the same of one tree, whoever runs it. Unset, each run takes others. */
export const propertySeedVariable = 'TRUNKLINE_PROPERTY_SEED';
