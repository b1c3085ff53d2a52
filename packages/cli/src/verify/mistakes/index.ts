import { bodyEncoding } from './body-encoding.ts';
import { bodyEnds } from './body-ends.ts';
import { bodyJson } from './body-json.ts';
import { clock } from './clock.ts';
import { headerNames } from './header-names.ts';
import { headerValues } from './header-values.ts';
import { headerVersion } from './header-version.ts';
import { lineEnds } from './line-ends.ts';
import type { Mistake } from './mistake.ts';
import { options } from './options.ts';
import { otherSource } from './other-source.ts';
import { publicUrl } from './public-url.ts';
import { secretEncoding } from './secret-encoding.ts';
import { secretExpired } from './secret-expired.ts';
import { secretSpace } from './secret-space.ts';
import { timeUnit } from './time-unit.ts';

/** The usual mistakes, in the order in which they are tried: the cheap ones first. One more is one file and one line. */
export const mistakes: readonly Mistake[] = [
  timeUnit,
  clock,
  secretSpace,
  secretEncoding,
  secretExpired,
  otherSource,
  headerNames,
  headerValues,
  headerVersion,
  options,
  bodyEnds,
  lineEnds,
  bodyEncoding,
  publicUrl,
  bodyJson,
];
