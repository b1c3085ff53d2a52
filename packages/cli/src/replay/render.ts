import type { Output } from '../output.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import type { ReplayOutcome } from './summary.ts';

/** Totals first, samples below. */
export function renderReplay(outcome: ReplayOutcome, { style }: Output): string {
  const { deliveries, events, fields, samples, dryRun, published } = outcome;
  const command = `trunkline replay --source ${outcome.source} --since ${outcome.since} --until ${outcome.until}`;
  return [
    renderPairs(
      [
        ['deliveries', `${deliveries.chosen} of ${deliveries.inTime} in that time: ${countsText(deliveries.verdicts)}`],
        ['new events', String(events.new)],
        ['the same', textOf(events.same)],
        ['different', textOf(events.different)],
        ['not on their topic any more', textOf(events.unread)],
        ['no longer produced', textOf(events.gone)],
        ['cannot be sealed', textOf(events.refused)],
        ['fields', Object.keys(fields).length === 0 ? undefined : countsText(fields)],
        ['published', dryRun ? 'nothing: this is what would be' : `${published} events`],
      ],
      style,
    ),
    samples.length === 0
      ? ''
      : renderTable(
          [
            { title: 'EVENT', value: ({ eventId }) => eventId },
            { title: 'TYPE', value: ({ type }) => type },
            { title: 'STATE', value: ({ state }) => state },
            { title: 'FIELDS', value: (sample) => sample.fields.join(' '), maxWidth: 60 },
          ],
          samples,
          style,
        ),
    dryRun && events.new > 0 ? renderPairs([['publish', `${command} --reason …`]], style) : '',
    dryRun && (events.different ?? 0) > 0
      ? renderPairs([['repair', `${command} --correct ${outcome.correction + 1} --reason …`]], style)
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function textOf(count: number | undefined): string | undefined {
  return count === undefined || count === 0 ? undefined : String(count);
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([word, count]) => `${count} ${word}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
