import type { Alert } from './alert.ts';

/** Requests that were answered, by the first digit of the status: consumers have words where the ingress has a number. */
const answered = (status: string, window: string): string =>
  `sum(rate(webhook_processing_seconds_count{status=~"${status}"}[${window}]))`;
const refusedShare = (window: string): string => `${answered('5..', window)} / ${answered('[2-5]..', window)}`;

/** What is promised of the ingress: so much of what arrives is answered with something else than 5xx, over 30 days. */
const budget = 0.000_5;
/** Burns a tenth of the 30 days' budget in 12 hours: https://sre.google/workbook/alerting-on-slos/ */
const slowBurn = 6;

export const ingressAlerts = {
  WebhooksRefusedHere: {
    expression: `${refusedShare('5m')} > 0.01`,
    holds: '2m',
    severity: 'page',
    summary: 'The ingress answers {{ $value | humanizePercentage }} of its webhooks with 5xx.',
    runbook: 'webhooks-refused.md#refused-here',
    fires: {
      series: {
        'webhook_processing_seconds_count{source="src_a",status="202"}': '0+90x15',
        'webhook_processing_seconds_count{source="src_a",status="503"}': '0+10x15',
      },
      at: '10m',
    },
    silent: {
      series: {
        'webhook_processing_seconds_count{source="src_a",status="202"}': '0+1000x15',
        'webhook_processing_seconds_count{source="src_a",status="503"}': '0+1x15',
        // The answers to forgeries are as they should be, and a consumer's status is no answer.
        'webhook_processing_seconds_count{source="src_a",status="401"}': '0+500x15',
        'webhook_processing_seconds_count{source="src_a",status="retry"}': '0+500x15',
      },
      at: '10m',
    },
  },
  AcceptBudgetBurns: {
    expression: `(${refusedShare('6h')} > ${slowBurn * budget}) and (${refusedShare('30m')} > ${slowBurn * budget})`,
    holds: '15m',
    severity: 'ticket',
    summary: 'For hours {{ $value | humanizePercentage }} of the webhooks were answered with 5xx; promised are 0.05 %.',
    runbook: 'webhooks-refused.md#refused-here',
    fires: {
      series: {
        'webhook_processing_seconds_count{source="src_a",status="202"}': '0+990x420',
        'webhook_processing_seconds_count{source="src_a",status="503"}': '0+5x420',
      },
      at: '7h',
    },
    silent: {
      series: {
        // Bad for half an hour, five hours ago.
        'webhook_processing_seconds_count{source="src_a",status="202"}': '0+990x420',
        'webhook_processing_seconds_count{source="src_a",status="503"}': '0+0x90 0+50x30 1500+0x300',
      },
      at: '7h',
    },
  },
  AcceptSlow: {
    // The shortest accept deadline of a provider is 2 s.
    expression:
      'histogram_quantile(0.99, sum by (le) (rate(webhook_processing_seconds_bucket{status=~"2.."}[5m]))) > 1',
    holds: '5m',
    severity: 'page',
    summary:
      'One webhook in a hundred waits {{ $value | humanizeDuration }} for its 2xx; senders give up after 2 to 10 s.',
    runbook: 'webhooks-refused.md#answers-are-late',
    fires: {
      series: {
        'webhook_processing_seconds_bucket{source="src_a",status="202",le="1"}': '0+90x20',
        'webhook_processing_seconds_bucket{source="src_a",status="202",le="2.5"}': '0+100x20',
        'webhook_processing_seconds_bucket{source="src_a",status="202",le="+Inf"}': '0+100x20',
      },
      at: '15m',
    },
    silent: {
      series: {
        'webhook_processing_seconds_bucket{source="src_a",status="202",le="1"}': '0+1000x20',
        'webhook_processing_seconds_bucket{source="src_a",status="202",le="2.5"}': '0+1001x20',
        'webhook_processing_seconds_bucket{source="src_a",status="202",le="+Inf"}': '0+1001x20',
      },
      at: '15m',
    },
  },
  SignatureFailuresJump: {
    expression:
      '(sum by (source) (rate(webhook_processing_seconds_count{status="401"}[10m])) / sum by (source) (rate(webhook_processing_seconds_count{status=~"[2-5].."}[10m])) > 0.2)' +
      ' and sum by (source) (increase(webhook_processing_seconds_count{status="401"}[10m])) > 20',
    holds: '5m',
    severity: 'ticket',
    summary: '{{ $value | humanizePercentage }} of what is posted to {{ $labels.source }} has no good signature.',
    runbook: 'webhooks-refused.md#signatures-fail',
    fires: {
      series: {
        'webhook_processing_seconds_count{source="src_a",status="202"}': '0+10x30',
        'webhook_processing_seconds_count{source="src_a",status="401"}': '0+10x30',
      },
      at: '20m',
    },
    silent: {
      series: {
        // A scanner knocks now and then; and another source is well.
        'webhook_processing_seconds_count{source="src_a",status="401"}': '0+1x30',
        'webhook_processing_seconds_count{source="src_b",status="202"}': '0+100x30',
        'webhook_processing_seconds_count{source="src_b",status="401"}': '0+10x30',
      },
      at: '20m',
    },
  },
  SourceSilent: {
    expression:
      '(sum by (source) (increase(webhooks_received_total[1h] offset 1d)) > 50) unless (sum by (source) (increase(webhooks_received_total[1h])) > 0)',
    holds: '15m',
    severity: 'ticket',
    summary:
      'Nothing came from {{ $labels.source }} for an hour; yesterday at this time it was {{ $value | humanize }} events.',
    runbook: 'webhooks-refused.md#a-source-is-silent',
    fires: {
      series: { 'webhooks_received_total{source="src_a",event="x"}': '0+2x1440 2880+0x120' },
      at: '25h30m',
    },
    silent: {
      series: {
        'webhooks_received_total{source="src_a",event="x"}': '0+2x1560',
        // It never had much.
        'webhooks_received_total{source="src_b",event="x"}': '0+0x1560',
      },
      at: '25h30m',
    },
  },
  DeliveriesUnreadable: {
    expression: 'sum by (source) (increase(webhook_verdicts_total{verdict=~"unnormalised|partial"}[1h])) > 0',
    holds: '0m',
    severity: 'ticket',
    summary:
      'Authentic deliveries of {{ $labels.source }} were archived and not read: their form is not the one we know.',
    runbook: 'replay.md',
    fires: { series: { 'webhook_verdicts_total{source="src_a",verdict="unnormalised"}': '0+0x10 1+1x10' }, at: '20m' },
    silent: {
      series: {
        'webhook_verdicts_total{source="src_a",verdict="normalised"}': '0+5x20',
        'webhook_verdicts_total{source="src_a",verdict="unnormalised"}': '3+0x20',
      },
      at: '20m',
    },
  },
  IdsWithTwoContents: {
    expression: 'sum by (source) (increase(event_id_conflicts_total[1h])) > 0',
    holds: '0m',
    severity: 'info',
    summary: '{{ $labels.source }} sent an id again with another content; whoever dedupes by the id sees one of both.',
    runbook: 'webhooks-refused.md#one-id-two-contents',
    fires: { series: { 'event_id_conflicts_total{source="src_a"}': '0+0x10 1+1x10' }, at: '20m' },
    silent: { series: { 'event_id_conflicts_total{source="src_a"}': '2+0x20' }, at: '20m' },
  },
  SourcesFileBroken: {
    expression: 'max by (job) (sources_file_problems) > 0',
    holds: '5m',
    severity: 'ticket',
    summary: 'An edit of the sources file is not in force: {{ $value }} problems. The last good state is.',
    runbook: 'configuration.md#the-sources-file-is-broken',
    fires: { series: { 'sources_file_problems{job="ingress"}': '0x4 2x15' }, at: '15m' },
    silent: { series: { 'sources_file_problems{job="ingress"}': '2x3 0x15' }, at: '15m' },
  },
  SecretOld: {
    expression: 'max by (source) (secret_age_seconds) > 365 * 86400',
    holds: '1h',
    severity: 'ticket',
    summary: 'The secret of {{ $labels.source }} is the same for {{ $value | humanizeDuration }}.',
    runbook: 'configuration.md#a-secret-is-old',
    fires: { series: { 'secret_age_seconds{source="src_a"}': '31536060+60x120' }, at: '90m' },
    silent: {
      series: {
        'secret_age_seconds{source="src_a"}': '8640000+60x120',
      },
      at: '90m',
    },
  },
} as const satisfies Record<string, Alert>;
