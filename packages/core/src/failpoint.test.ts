import { afterEach, describe, expect, it } from 'vitest';

import { armFailpoints, failpoint } from './failpoint.ts';

afterEach(() => armFailpoints(''));

describe('a failpoint', () => {
  it('does nothing when nothing is armed', () => {
    expect(() => failpoint('ingress.before_publish')).not.toThrow();
  });

  it('throws at every hit, and at its own name only', () => {
    armFailpoints('ingress.before_publish=throw');

    expect(() => failpoint('ingress.before_publish')).toThrow('failpoint ingress.before_publish');
    expect(() => failpoint('ingress.before_publish')).toThrow('failpoint ingress.before_publish');
    expect(() => failpoint('ingress.after_publish')).not.toThrow();
  });

  it('acts on the hit that is named, and on no other', () => {
    armFailpoints('consumer.before_effect=throw@2; ingress.after_publish=throw@1');

    const hits = [1, 2, 3].map(() => {
      try {
        failpoint('consumer.before_effect');
        return 'passed';
      } catch {
        return 'thrown';
      }
    });

    expect(hits).toEqual(['passed', 'thrown', 'passed']);
  });

  it('is disarmed by what is armed next', () => {
    armFailpoints('ingress.before_publish=throw');

    armFailpoints('ingress.after_publish=throw');

    expect(() => failpoint('ingress.before_publish')).not.toThrow();
  });

  it.each([
    'ingress.nowhere=kill',
    'ingress.after_publish',
    'ingress.after_publish=stop',
    'ingress.after_publish=kill@0',
  ])('is refused when it is %j, with the names that there are', (entry) => {
    expect(() => armFailpoints(entry)).toThrow(/is not <name>=kill\|throw\[@hit\] .*consumer\.after_commit/);
  });
});
