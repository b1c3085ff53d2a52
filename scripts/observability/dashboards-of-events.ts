import { type Dashboard, quantile, rate } from './dashboard.ts';

const answers = 'webhook_processing_seconds';
/** Of an ingress: a consumer has a word where it has a number. */
const isAnswer = 'status=~"[2-5].."';
/** Of a consumer. */
const isEffect = 'status!~"[2-5].."';

/** The way of an event: all of it, its acceptance, its effect, its index. */
export const dashboardsOfEvents = {
  overview: {
    title: 'Trunkline: overview',
    panels: [
      {
        question: 'Which releases run?',
        unit: 'short',
        shows: 'now',
        queries: [{ expression: 'count by (service, version) (build_info)', legend: '{{service}} {{version}}' }],
      },
      {
        question: 'What is promised and nowhere?',
        hint: 'Above 0 events are lost: docs/runbooks/unaccounted-events.md',
        unit: 'short',
        shows: 'now',
        queries: [{ expression: 'max(events_unaccounted)', legend: 'events' }],
      },
      {
        question: 'How many events are accepted?',
        unit: 'cps',
        queries: [{ expression: rate('webhooks_received_total', 'source'), legend: '{{source}}' }],
      },
      {
        question: 'How many requests are refused, and at which step?',
        unit: 'reqps',
        queries: [{ expression: rate('webhook_rejections_total', 'step'), legend: '{{step}}' }],
      },
      {
        question: 'How long does a sender wait for its 2xx?',
        hint: 'Senders give up after 2 to 10 s.',
        unit: 's',
        queries: [
          { expression: quantile(0.5, answers, { where: 'status=~"2.."' }), legend: 'half' },
          { expression: quantile(0.99, answers, { where: 'status=~"2.."' }), legend: '99 of 100' },
        ],
      },
      {
        question: 'What becomes of the events?',
        unit: 'cps',
        queries: [{ expression: rate('webhooks_processed_total', 'status'), legend: '{{status}}' }],
      },
      {
        question: 'How long does the oldest event wait for each group?',
        unit: 's',
        queries: [{ expression: 'max by (group) (consumer_lag_seconds{kind="main"})', legend: '{{group}}' }],
      },
      {
        question: 'Which dead letters wait for somebody?',
        unit: 'short',
        queries: [{ expression: 'max by (group) (dead_letters_open)', legend: '{{group}}' }],
      },
      {
        question: 'Which group stands still, and what for?',
        unit: 'short',
        queries: [{ expression: 'max by (group, reason) (consumer_paused) > 0', legend: '{{group}}: {{reason}}' }],
      },
      {
        question: 'What is asked for and not published yet?',
        unit: 's',
        queries: [{ expression: 'max by (job) (outbox_oldest_seconds)', legend: '{{job}}' }],
      },
    ],
  },
  ingress: {
    title: 'Trunkline: ingress',
    panels: [
      {
        question: 'What is answered?',
        unit: 'reqps',
        queries: [{ expression: rate(`${answers}_count{${isAnswer}}`, 'status'), legend: '{{status}}' }],
      },
      {
        question: 'How much of it is our own failure?',
        hint: 'The share of 5xx. Promised are 0.05 % over 30 days.',
        unit: 'percentunit',
        queries: [
          {
            expression: `sum(rate(${answers}_count{status=~"5.."}[$__rate_interval])) / sum(rate(${answers}_count{${isAnswer}}[$__rate_interval]))`,
            legend: 'refused here',
          },
        ],
      },
      {
        question: 'Whose answers take how long?',
        unit: 's',
        queries: [
          { expression: quantile(0.99, answers, { where: 'status=~"2.."', label: 'source' }), legend: '{{source}}' },
        ],
      },
      {
        question: 'Who is refused, and at which step?',
        unit: 'reqps',
        queries: [{ expression: rate('webhook_rejections_total', 'source, step'), legend: '{{source}} {{step}}' }],
      },
      {
        question: 'Could deliveries be read?',
        unit: 'cps',
        queries: [{ expression: rate('webhook_verdicts_total', 'verdict'), legend: '{{verdict}}' }],
      },
      {
        question: 'Which events arrive?',
        unit: 'cps',
        queries: [{ expression: rate('webhooks_received_total', 'event'), legend: '{{event}}' }],
      },
      {
        question: 'How much is in hand?',
        unit: 'bytes',
        queries: [
          { expression: 'sum by (job) (ingress_bytes_in_flight)', legend: 'bodies' },
          { expression: 'sum by (job) (ingress_publish_waiting_bytes)', legend: 'waits for Kafka' },
        ],
      },
      {
        question: 'Who is connected?',
        unit: 'short',
        queries: [
          { expression: 'sum by (job) (ingress_connections_open)', legend: 'connections' },
          { expression: 'sum by (job) (ingress_requests_in_flight)', legend: 'requests' },
        ],
      },
      {
        question: 'Which connections are ended before a request?',
        unit: 'cps',
        queries: [{ expression: rate('ingress_connections_refused_total', 'reason'), legend: '{{reason}}' }],
      },
      {
        question: 'What is known of refusals and not kept?',
        unit: 'cps',
        queries: [{ expression: rate('webhook_rejection_records_dropped_total', 'reason'), legend: '{{reason}}' }],
      },
      {
        question: 'Is the sources file in force?',
        hint: 'Above 0 an edit is not: docs/runbooks/configuration.md',
        unit: 'short',
        queries: [
          { expression: 'max by (job) (sources_file_problems)', legend: 'problems' },
          { expression: rate('event_id_conflicts_total', 'source'), legend: '{{source}}: ids with two contents' },
        ],
      },
      {
        question: 'How old are the secrets of sources?',
        hint: 'Of those that stand in a file of their own.',
        unit: 's',
        queries: [{ expression: 'max by (source) (secret_age_seconds)', legend: '{{source}}' }],
      },
    ],
  },
  consumers: {
    title: 'Trunkline: consumers',
    panels: [
      {
        question: 'What becomes of events, and whose?',
        unit: 'cps',
        queries: [{ expression: rate('webhooks_processed_total', 'job, status'), legend: '{{job}} {{status}}' }],
      },
      {
        question: 'How long does an event take in hand?',
        unit: 's',
        queries: [{ expression: quantile(0.99, answers, { where: isEffect, label: 'job' }), legend: '{{job}}' }],
      },
      {
        question: 'How many records wait on which topic?',
        unit: 'short',
        queries: [
          {
            expression: 'max by (group, topic) (consumer_lag_records{kind="main"}) > 0',
            legend: '{{group}} {{topic}}',
          },
        ],
      },
      {
        question: 'How long does the oldest of them wait?',
        unit: 's',
        queries: [{ expression: 'max by (group, kind) (consumer_lag_seconds)', legend: '{{group}} {{kind}}' }],
      },
      {
        question: 'How many retries and redrives wait?',
        unit: 'short',
        queries: [
          {
            expression: 'sum by (group, kind) (max by (group, kind, topic) (consumer_lag_records{kind!="main"}))',
            legend: '{{group}} {{kind}}',
          },
        ],
      },
      {
        question: 'Are retries taken when they are due?',
        unit: 's',
        queries: [{ expression: 'max by (group) (retries_overdue_seconds)', legend: '{{group}}' }],
      },
      {
        question: 'Which group stands still, and what for?',
        unit: 'short',
        queries: [
          { expression: 'max by (group, reason) (consumer_paused)', legend: '{{group}}: {{reason}}' },
          {
            expression: 'sum by (group) (increase(release_guard_trips_total[1h]))',
            legend: '{{group}}: most keys failed alike, times an hour',
          },
        ],
      },
      {
        question: 'Which dead letters wait for somebody?',
        unit: 'short',
        queries: [{ expression: 'max by (group) (dead_letters_open)', legend: '{{group}}' }],
      },
      {
        question: 'What does Redis save?',
        hint: '`done` costs no statement; without Redis all are `unanswered`.',
        unit: 'cps',
        queries: [
          { expression: rate('first_filter_events_total', 'result'), legend: '{{result}}' },
          { expression: 'min(first_filter_up)', legend: 'is asked' },
        ],
      },
      {
        question: 'What is asked for, and is it published?',
        unit: 'short',
        queries: [
          { expression: 'max by (job) (outbox_waiting)', legend: '{{job}} waiting' },
          { expression: rate('outbox_published_total', 'topic'), legend: '{{topic}} a second' },
        ],
      },
      {
        question: 'Which notices is nobody told of?',
        unit: 'cps',
        queries: [{ expression: rate('notices_suppressed_total', 'reason'), legend: '{{reason}}' }],
      },
      {
        question: 'Does a provider contradict itself about money?',
        unit: 'short',
        queries: [
          { expression: 'sum by (provider) (increase(ledger_contradictions_total[1h]))', legend: '{{provider}}' },
        ],
      },
    ],
  },
  journal: {
    title: 'Trunkline: journal',
    panels: [
      {
        question: 'How far is the index behind?',
        unit: 's',
        queries: [{ expression: 'max by (group) (consumer_lag_seconds{group=~"journal.*"})', legend: '{{group}}' }],
      },
      {
        question: 'How many records has it yet to read?',
        unit: 'short',
        queries: [
          {
            expression: 'sum by (group) (max by (group, topic) (consumer_lag_records{group=~"journal.*"}))',
            legend: '{{group}}',
          },
        ],
      },
      {
        question: 'What is promised and nowhere?',
        unit: 'short',
        queries: [{ expression: 'max(events_unaccounted)', legend: 'events' }],
      },
      {
        question: 'Which dead letters wait for somebody?',
        unit: 'short',
        queries: [{ expression: 'max by (group) (dead_letters_open)', legend: '{{group}}' }],
      },
    ],
  },
} as const satisfies Record<string, Dashboard>;
