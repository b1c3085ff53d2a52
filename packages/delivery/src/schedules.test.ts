import { describe, expect, it } from 'vitest';

import { readSchedule, schedules } from './schedules.ts';

describe('a schedule', () => {
  it('is the one that the specification recommends unless another is asked for: ten attempts in 75 h 35 min 5 s', () => {
    const seconds = readSchedule('standard');

    expect(seconds).toHaveLength(10);
    expect(seconds.reduce((sum, step) => sum + step, 0)).toBe(75 * 3_600 + 35 * 60 + 5);
  });

  it('may be written as the waits in seconds', () => {
    expect(readSchedule('0, 30,300')).toEqual([0, 30, 300]);
  });

  it.each(Object.keys(schedules))('%s begins at once', (name) => {
    expect(readSchedule(name)[0]).toBe(0);
  });

  it.each(['', 'soon', '5,10', '0,-1', '0,259201', '0,1.5', Array.from({ length: 31 }, () => '0').join(',')])(
    'is not %j',
    (text) => {
      expect(() => readSchedule(text)).toThrow(/a schedule is standard, fast, patient/);
    },
  );
});
