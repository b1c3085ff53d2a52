import { type Dashboard, quantile, rate } from './dashboard.ts';

/** What goes out: calls to providers, messages to people, webhooks to tenants. */
export const dashboardsOfSenders = {
  calls: {
    title: 'Trunkline: calls out and messages to people',
    panels: [
      {
        question: 'What is called, and how does it end?',
        unit: 'cps',
        queries: [
          { expression: rate('outbound_calls_total', 'operation, outcome'), legend: '{{operation}} {{outcome}}' },
        ],
      },
      {
        question: 'How long does a call take, with its waits and repeats?',
        unit: 's',
        queries: [
          {
            expression: quantile(0.99, 'outbound_call_seconds', { where: 'outcome=~".+"', label: 'operation' }),
            legend: '{{operation}}',
          },
        ],
      },
      {
        question: 'Which breakers opened and closed?',
        unit: 'short',
        queries: [
          {
            expression: 'sum by (of, change) (increase(outbound_breaker_changes_total[1h]))',
            legend: '{{of}} {{change}}',
          },
        ],
      },
      {
        question: 'Do the processes keep rates together?',
        hint: '0: each keeps its share, since Redis is away.',
        unit: 'short',
        queries: [{ expression: 'min by (job) (outbound_rates_shared)', legend: '{{job}}' }],
      },
      {
        question: 'How do the connections stand?',
        unit: 'short',
        queries: [{ expression: 'max by (state) (connections_standing)', legend: '{{state}}' }],
      },
      {
        question: 'How old are the credentials?',
        unit: 's',
        queries: [{ expression: 'max by (provider) (connection_secret_age_seconds)', legend: '{{provider}}' }],
      },
      {
        question: 'Which calls will end, as their providers say?',
        unit: 'short',
        queries: [
          { expression: 'sum by (operation) (increase(outbound_deprecations_total[1d]))', legend: '{{operation}}' },
        ],
      },
      {
        question: 'What becomes of messages to people?',
        unit: 'cps',
        queries: [{ expression: rate('notifications_total', 'channel, state'), legend: '{{channel}} {{state}}' }],
      },
    ],
  },
  delivery: {
    title: 'Trunkline: webhooks to tenants',
    panels: [
      {
        question: 'How do requests to endpoints end?',
        unit: 'reqps',
        queries: [{ expression: rate('delivery_attempts_total', 'code'), legend: '{{code}}' }],
      },
      {
        question: 'How long is it from the event to the answer of the endpoint?',
        unit: 's',
        queries: [
          {
            expression:
              'histogram_quantile(0.5, sum by (le) (rate(delivery_latency_seconds_bucket[$__rate_interval])))',
            legend: 'half',
          },
          {
            expression:
              'histogram_quantile(0.99, sum by (le) (rate(delivery_latency_seconds_bucket[$__rate_interval])))',
            legend: '99 of 100',
          },
        ],
      },
      {
        question: 'How do messages end?',
        unit: 'cps',
        queries: [{ expression: rate('delivery_ends_total', 'outcome'), legend: '{{outcome}}' }],
      },
      {
        question: 'Which events are for whom?',
        unit: 'cps',
        queries: [{ expression: rate('delivery_verdicts_total', 'verdict'), legend: '{{verdict}}' }],
      },
      {
        question: 'What is asked of the HTTP API, and how is it answered?',
        unit: 'reqps',
        queries: [{ expression: rate('api_requests_total', 'route, status'), legend: '{{route}} {{status}}' }],
      },
      {
        question: 'How long does the HTTP API take?',
        unit: 's',
        queries: [
          {
            expression: quantile(0.99, 'api_request_seconds', { where: 'route=~".+"', label: 'route' }),
            legend: '{{route}}',
          },
        ],
      },
      {
        question: 'How much is under way?',
        unit: 'short',
        queries: [
          { expression: 'sum by (job) (delivery_in_flight)', legend: 'requests' },
          { expression: 'max by (job) (delivery_results_waiting)', legend: 'answers that wait for Postgres' },
        ],
      },
      {
        question: 'Has every shard an owner?',
        hint: '256, or some endpoints get nothing; 0 where there is none.',
        unit: 'short',
        queries: [{ expression: 'sum by (job) (delivery_shards_owned)', legend: 'shards' }],
      },
      {
        question: 'How long does news of endpoints and messages wait?',
        hint: 'What is told on delivery.endpoint.v1 and delivery.message.v1, before it is an event.',
        unit: 's',
        queries: [{ expression: 'max by (job) (delivery_announcements_oldest_seconds)', legend: '{{job}}' }],
      },
    ],
  },
} as const satisfies Record<string, Dashboard>;
