/** A rule of Prometheus with all its times divided, so that a drill takes seconds where the rule takes minutes. Pure. */
import type { Alert } from '../../../scripts/observability/alert.ts';
import type { Drill } from './drill.ts';

export interface ScaledRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Throws where the drill names a limit that the expression does not have. */
export function scaledRule(
  name: string,
  { expression, holds }: Pick<Alert, 'expression' | 'holds'>,
  { faster, limit }: Pick<Drill, 'faster' | 'limit'>,
): ScaledRule {
  const [usual, here] = limit ?? ['', ''];
  if (!expression.includes(usual))
    throw new Error(`the rule of ${name} does not say "${usual}" any more: ${expression}`);
  const scaled = (text: string): string =>
    text.replaceAll(/(?<=^|\[|offset )(\d+)([smhd])(?=$|\]|[ )])/g, (_, count: string, unit: string) => {
      const seconds = (Number(count) * (secondsOf[unit] ?? Number.NaN)) / faster;
      return `${Math.max(1, Math.round(seconds))}s`;
    });
  return { alert: name, expr: scaled(expression.replace(usual, here)), for: scaled(holds) };
}
