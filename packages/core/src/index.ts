export * from './classify.ts';
export * from './clock.ts';
export * from './deadline.ts';
export * from './errors.ts';
export * from './failpoint.ts';
export * from './ids.ts';
export * from './recent-map.ts';
export * from './until-answers.ts';
