import { printable, type Style } from '../render/style.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import type { ListedMessage, ShownCall, ShownMessage } from './read-messages.ts';
import type { MessageState } from './states.ts';

export function renderMessages(messages: readonly ListedMessage[], style: Style): string {
  return renderTable(
    [
      { title: 'REQUEST', value: ({ requestId }) => requestId },
      { title: 'STATE', value: ({ state }) => state, paint: (cell, { state }) => painted(cell, state, style) },
      { title: 'WHAT', value: ({ template }) => template ?? 'text' },
      { title: 'WHOM', value: ({ recipient }) => recipient ?? 'an address' },
      { title: 'BY', value: ({ channel }) => channel ?? '' },
      { title: 'CALLS', value: ({ attempts }) => String(attempts), align: 'right' },
      { title: 'ASKED', value: ({ createdAt }) => createdAt.toISOString() },
      { title: 'WHY', value: ({ code }) => code ?? '' },
    ],
    messages,
    style,
  );
}

/** What became of one message, and every call that was made for it. */
export function renderMessage(message: ShownMessage, style: Style): string {
  const { requestId, state, detail, template, recipient, channel, channelId, about, causedBy, said, calls } = message;
  const { notAfter, dueAt, provider, providerMessageId, senderId, digest, tellsOf, fallback, fallbackOf } = message;
  return renderPairs(
    [
      ['message', style.strong(requestId)],
      ['state', painted(state, state, style)],
      ['why', detail === null ? undefined : printable(detail)],
      ['what', printable(template ?? 'text')],
      ['whom', printable(`${recipient ?? 'an address of the request'} (${channelId ?? channel ?? ''})`)],
      ['about', about === null ? undefined : printable(about)],
      ['because of', causedBy],
      ['said', said === null ? undefined : printable(said.text.replaceAll('\n', ' '))],
      ['then by', fallback === null ? undefined : `${fallback}, another channel`],
      ['instead of', fallbackOf ?? undefined],
      ['told by', digest === null ? undefined : `${digest.requestId} (${digest.state ?? 'forgotten'}), with others`],
      ['tells of', tellsOf === null ? undefined : `${tellsOf} messages`],
      ['by', senderId === null ? undefined : printable(`${senderId}, ${provider ?? ''}`)],
      ['there', providerMessageId === null ? undefined : printable(providerMessageId)],
      ['worth until', notAfter.toISOString()],
      ['next look', dueAt?.toISOString()],
      ['calls', calls.length === 0 ? undefined : calls.map((call) => printable(callText(call))).join('\n')],
    ],
    style,
  );
}

function callText({ n, senderId, startedAt, outcome, httpStatus, code, detail }: ShownCall): string {
  const came =
    outcome === null ? 'no end yet' : outcome === 'accepted' ? 'accepted' : `${code ?? ''}, arrived: ${outcome}`;
  const answered = httpStatus === null ? '' : ` (${httpStatus})`;
  return `${n} ${startedAt.toISOString()} ${senderId}: ${came}${answered}${detail === null ? '' : `: ${detail}`}`;
}

function painted(cell: string, state: MessageState, style: Style): string {
  if (bad.has(state)) return style.bad(cell);
  return state === 'accepted' || state === 'delivered' ? style.good(cell) : cell;
}

const bad: ReadonlySet<MessageState> = new Set(['held', 'failed', 'undelivered', 'no_sender']);
