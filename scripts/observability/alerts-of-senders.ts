import type { Alert } from './alert.ts';

const calls = (outcome: string): string => `sum by (operation) (rate(outbound_calls_total{${outcome}}[15m]))`;
/** Answers that say something of the receiver; those of a network or a limit of ours do not. */
const attempts = (code: string): string => `sum(rate(delivery_attempts_total{${code}}[15m]))`;

export const senderAlerts = {
  CallsFail: {
    expression: `(${calls('outcome!="ok"')} / ${calls('')} > 0.2) and (${calls('')} > 0.02)`,
    holds: '10m',
    severity: 'ticket',
    summary: '{{ $value | humanizePercentage }} of the calls {{ $labels.operation }} fail.',
    runbook: 'calls-out.md',
    fires: {
      series: {
        'outbound_calls_total{operation="twilio messages.create",outcome="ok"}': '0+5x40',
        'outbound_calls_total{operation="twilio messages.create",outcome="server_error"}': '0+5x40',
      },
      at: '30m',
    },
    silent: {
      series: {
        'outbound_calls_total{operation="twilio messages.create",outcome="ok"}': '0+50x40',
        'outbound_calls_total{operation="twilio messages.create",outcome="server_error"}': '0+1x40',
      },
      at: '30m',
    },
  },
  BreakerOpen: {
    expression:
      'sum by (job, of) (outbound_breaker_changes_total{change="opened"}) - (sum by (job, of) (outbound_breaker_changes_total{change="closed"}) or 0 * sum by (job, of) (outbound_breaker_changes_total{change="opened"})) > 0',
    holds: '10m',
    severity: 'ticket',
    summary: '{{ $labels.job }} calls {{ $value }} of its {{ $labels.of }}s by trials only: their breakers are open.',
    runbook: 'calls-out.md#a-breaker-is-open',
    fires: {
      series: { 'outbound_breaker_changes_total{job="notifications",of="host",change="opened"}': '0x5 1x30' },
      at: '20m',
    },
    silent: {
      series: {
        'outbound_breaker_changes_total{job="notifications",of="host",change="opened"}': '0x5 3x30',
        'outbound_breaker_changes_total{job="notifications",of="host",change="closed"}': '0x6 3x30',
      },
      at: '20m',
    },
  },
  ConnectionRefused: {
    expression: 'max by (job) (connections_standing{state="needs_authorization"}) > 0',
    holds: '15m',
    severity: 'ticket',
    summary: '{{ $value }} connections do not work before somebody gives them other credentials.',
    runbook: 'calls-out.md#a-connection-needs-credentials',
    fires: { series: { 'connections_standing{job="connections",state="needs_authorization"}': '0x2 1x30' }, at: '25m' },
    silent: {
      series: {
        'connections_standing{job="connections",state="needs_authorization"}': '0x30',
        'connections_standing{job="connections",state="revoked"}': '2x30',
      },
      at: '25m',
    },
  },
  CredentialsOld: {
    expression: 'max by (provider) (connection_secret_age_seconds) > 365 * 86400',
    holds: '1h',
    severity: 'ticket',
    summary: 'Credentials at {{ $labels.provider }} are the same for {{ $value | humanizeDuration }}.',
    runbook: 'configuration.md#a-secret-is-old',
    fires: { series: { 'connection_secret_age_seconds{provider="stripe"}': '31536060+60x120' }, at: '90m' },
    silent: { series: { 'connection_secret_age_seconds{provider="stripe"}': '86400+60x120' }, at: '90m' },
  },
  EndpointsFail: {
    expression: `(${attempts('code!="ok"')} / ${attempts('')} > 0.5) and (${attempts('')} > 0.05)`,
    holds: '15m',
    severity: 'ticket',
    summary: '{{ $value | humanizePercentage }} of the requests to endpoints of tenants fail.',
    runbook: 'webhooks-out.md',
    fires: {
      series: {
        'delivery_attempts_total{code="ok"}': '0+5x60',
        'delivery_attempts_total{code="http_5xx"}': '0+20x60',
      },
      at: '45m',
    },
    silent: {
      series: {
        'delivery_attempts_total{code="ok"}': '0+20x60',
        'delivery_attempts_total{code="connect_refused"}': '0+5x60',
      },
      at: '45m',
    },
  },
  MessagesGivenUp: {
    expression: 'sum(increase(delivery_ends_total{outcome=~"exhausted|expired"}[1h])) > 0',
    holds: '0m',
    severity: 'ticket',
    summary: 'Messages to endpoints of tenants were given up within the hour.',
    runbook: 'webhooks-out.md#messages-were-given-up',
    fires: { series: { 'delivery_ends_total{outcome="exhausted"}': '0+0x10 1+1x10' }, at: '20m' },
    silent: {
      series: {
        'delivery_ends_total{outcome="exhausted"}': '7+0x20',
        'delivery_ends_total{outcome="delivered"}': '0+9x20',
      },
      at: '20m',
    },
  },
  ResultsNotWritten: {
    // At 2,000 nothing more is sent.
    expression: 'max by (job) (delivery_results_waiting) > 1000',
    holds: '2m',
    severity: 'page',
    summary: '{{ $value }} answers of endpoints wait for Postgres; at 2,000 nothing more is sent.',
    runbook: 'webhooks-out.md#answers-are-not-written',
    fires: { series: { 'delivery_results_waiting{job="delivery"}': '0x2 1500x10' }, at: '8m' },
    silent: { series: { 'delivery_results_waiting{job="delivery"}': '40x12' }, at: '8m' },
  },
  ShardsWithoutOwner: {
    // Nobody takes shards where there is no endpoint.
    expression: '(sum by (job) (delivery_shards_owned) < 256) and (sum by (job) (delivery_shards_owned) > 0)',
    holds: '5m',
    severity: 'page',
    summary:
      'Nobody sends for {{ $value | printf "%.0f" }} of 256 shards of endpoints or less: the others have no owner.',
    runbook: 'webhooks-out.md#shards-have-no-owner',
    fires: { series: { 'delivery_shards_owned{job="delivery"}': '128x15' }, at: '10m' },
    silent: {
      series: {
        'delivery_shards_owned{job="delivery",instance="a"}': '128x15',
        'delivery_shards_owned{job="delivery",instance="b"}': '128x15',
        // Without endpoints.
        'delivery_shards_owned{job="delivery-eu"}': '0x15',
      },
      at: '10m',
    },
  },
  FiltersFail: {
    expression: 'sum by (job) (increase(delivery_verdicts_total{verdict="filter_failed"}[1h])) > 0',
    holds: '0m',
    severity: 'ticket',
    summary:
      'Filters of endpoints could not judge {{ $value | printf "%.0f" }} events within the hour; these were not sent.',
    runbook: 'webhooks-out.md#filters-fail',
    fires: {
      series: { 'delivery_verdicts_total{job="delivery",verdict="filter_failed"}': '0+0x10 1+1x10' },
      at: '20m',
    },
    silent: {
      series: {
        'delivery_verdicts_total{job="delivery",verdict="filter_failed"}': '3+0x20',
        'delivery_verdicts_total{job="delivery",verdict="filter"}': '0+9x20',
      },
      at: '20m',
    },
  },
  AnnouncementsOld: {
    expression: 'max by (job) (delivery_announcements_oldest_seconds) > 60',
    holds: '5m',
    severity: 'ticket',
    summary:
      'What becomes of endpoints and messages is not told: the oldest news waits for {{ $value | humanizeDuration }}.',
    runbook: 'webhooks-out.md#news-of-endpoints-waits',
    fires: { series: { 'delivery_announcements_oldest_seconds{job="delivery"}': '0+60x15' }, at: '12m' },
    silent: { series: { 'delivery_announcements_oldest_seconds{job="delivery"}': '0x5 30x10' }, at: '12m' },
  },
  MessagesInDoubt: {
    expression: 'sum by (channel) (increase(notifications_total{state=~"unknown|held"}[1h])) > 0',
    holds: '0m',
    severity: 'ticket',
    summary: 'Messages by {{ $labels.channel }} may have been sent, and wait for the word of a person.',
    runbook: 'messages-in-doubt.md#a-message-is-in-doubt',
    fires: { series: { 'notifications_total{channel="sms",state="held"}': '0+0x10 1+1x10' }, at: '20m' },
    silent: {
      series: {
        'notifications_total{channel="sms",state="held"}': '1+0x20',
        'notifications_total{channel="sms",state="accepted"}': '0+3x20',
      },
      at: '20m',
    },
  },
  MessagesFail: {
    expression:
      '(sum by (channel) (rate(notifications_total{state=~"failed|undelivered|no_sender"}[30m])) / sum by (channel) (rate(notifications_total{state=~"accepted|delivered|failed|undelivered|no_sender"}[30m])) > 0.2)',
    holds: '15m',
    severity: 'ticket',
    summary: '{{ $value | humanizePercentage }} of the messages by {{ $labels.channel }} do not reach people.',
    runbook: 'messages-in-doubt.md#messages-do-not-arrive',
    fires: {
      series: {
        'notifications_total{channel="email",state="accepted"}': '0+2x60',
        'notifications_total{channel="email",state="failed"}': '0+2x60',
      },
      at: '50m',
    },
    silent: {
      series: {
        'notifications_total{channel="email",state="accepted"}': '0+20x60',
        'notifications_total{channel="email",state="failed"}': '0+1x60',
      },
      at: '50m',
    },
  },
} as const satisfies Record<string, Alert>;
