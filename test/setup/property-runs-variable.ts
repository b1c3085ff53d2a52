/** How many random histories a property test of the integration tier tries; `npm test -- --property-runs 200` sets it. */
export const propertyRunsVariable = 'TRUNKLINE_PROPERTY_RUNS';
