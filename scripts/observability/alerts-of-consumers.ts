import type { Alert } from './alert.ts';

export const consumerAlerts = {
  ConsumerStandsStill: {
    expression: 'max by (group, reason) (consumer_paused{reason!="most_keys_fail_alike"}) == 1',
    holds: '2m',
    severity: 'page',
    summary: 'The group {{ $labels.group }} stands still: {{ $labels.reason }}. Its events wait.',
    runbook: 'group-paused.md#a-dependency-is-away',
    fires: {
      series: { 'consumer_paused{group="payments",reason="dependency_unavailable"}': '0x2 1x10' },
      at: '6m',
    },
    silent: {
      series: {
        // Away for a minute.
        'consumer_paused{group="payments",reason="dependency_unavailable"}': '0x2 1 0x10',
        'consumer_paused{group="payments",reason="most_keys_fail_alike"}': '1x12',
      },
      at: '6m',
    },
  },
  ReleaseGuardTripped: {
    expression: 'max by (group) (consumer_paused{reason="most_keys_fail_alike"}) == 1',
    holds: '1m',
    severity: 'page',
    summary: 'Most keys of {{ $labels.group }} fail alike, as after a bad release: it stands still and moves nothing.',
    runbook: 'group-paused.md',
    fires: {
      series: { 'consumer_paused{group="payments",reason="most_keys_fail_alike"}': '0x2 1x10' },
      at: '5m',
    },
    silent: {
      series: {
        'consumer_paused{group="payments",reason="most_keys_fail_alike"}': '0x12',
        'consumer_paused{group="payments",reason="overloaded"}': '1x12',
      },
      at: '5m',
    },
  },
  LagOld: {
    expression: 'max by (group) (consumer_lag_seconds{kind="main",group!~"journal.*"}) > 300',
    holds: '5m',
    severity: 'page',
    summary: 'An event waits {{ $value | humanizeDuration }} for {{ $labels.group }}.',
    runbook: 'lag.md#a-group-is-behind',
    fires: {
      series: { 'consumer_lag_seconds{group="payments",kind="main",topic="payments.payment.v1"}': '0+60x20' },
      at: '15m',
    },
    silent: {
      series: {
        // Caught up in time; the journal and retries have alerts of their own.
        'consumer_lag_seconds{group="payments",kind="main",topic="payments.payment.v1"}': '0+60x8 0x12',
        'consumer_lag_seconds{group="payments",kind="retry",topic="payments.retry.1h"}': '0+60x20',
        'consumer_lag_seconds{group="journal",kind="main",topic="payments.payment.v1"}': '0+60x20',
      },
      at: '15m',
    },
  },
  RetriesLate: {
    expression: 'max by (group) (retries_overdue_seconds) > 120',
    holds: '5m',
    severity: 'ticket',
    summary: 'A retry of {{ $labels.group }} is due for {{ $value | humanizeDuration }} and not taken.',
    runbook: 'lag.md#retries-are-late',
    fires: { series: { 'retries_overdue_seconds{group="payments"}': '0+60x15' }, at: '12m' },
    silent: { series: { 'retries_overdue_seconds{group="payments"}': '0x5 30x10' }, at: '12m' },
  },
  JournalBehind: {
    expression: 'max by (group) (consumer_lag_seconds{group=~"journal.*"}) > 600',
    holds: '10m',
    severity: 'ticket',
    summary:
      'The index is {{ $value | humanizeDuration }} behind ({{ $labels.group }}): searches and counts miss what is newer.',
    runbook: 'lag.md#the-journal-is-behind',
    fires: {
      series: { 'consumer_lag_seconds{group="journal",kind="main",topic="ingress.delivery.v1"}': '0+60x30' },
      at: '25m',
    },
    silent: {
      series: { 'consumer_lag_seconds{group="journal",kind="main",topic="ingress.delivery.v1"}': '5x30' },
      at: '25m',
    },
  },
  GroupsNotWatched: {
    // While the journal cannot look it tells NaN, which is neither.
    expression: 'absent(consumer_lag_seconds >= 0)',
    holds: '15m',
    severity: 'ticket',
    summary: 'Nobody knows what waits for the groups: no journal runs, or it cannot ask Kafka.',
    runbook: 'lag.md#nobody-knows-what-waits',
    fires: {
      series: { 'consumer_lag_seconds{group="payments",kind="main",topic="payments.payment.v1"}': '0x5 _x30' },
      at: '25m',
    },
    silent: {
      series: { 'consumer_lag_seconds{group="payments",kind="main",topic="payments.payment.v1"}': '0x30' },
      at: '25m',
    },
  },
  DeadLettersNew: {
    expression: 'max by (group) (dead_letters_open) - max by (group) (dead_letters_open offset 10m) > 0',
    holds: '1m',
    severity: 'ticket',
    summary: '{{ $value }} events of {{ $labels.group }} became dead letters within ten minutes.',
    runbook: 'dead-letters.md',
    fires: { series: { 'dead_letters_open{group="payments"}': '0x12 5x10' }, at: '15m' },
    silent: { series: { 'dead_letters_open{group="payments"}': '5x12 3x10' }, at: '15m' },
  },
  DeadLettersOpen: {
    expression: 'max by (group) (dead_letters_open) > 0',
    holds: '1d',
    severity: 'ticket',
    summary: '{{ $value }} dead letters of {{ $labels.group }} wait for somebody since yesterday.',
    runbook: 'dead-letters.md',
    fires: { series: { 'dead_letters_open{group="payments"}': '1x1600' }, at: '26h' },
    silent: { series: { 'dead_letters_open{group="payments"}': '1x1000 0x600' }, at: '26h' },
  },
  EventsUnaccounted: {
    expression: 'max(events_unaccounted) > 0',
    holds: '5m',
    severity: 'page',
    summary: '{{ $value }} events that a group has passed are nowhere: not applied, not retried, not dead.',
    runbook: 'unaccounted-events.md',
    fires: { series: { 'events_unaccounted{job="journal"}': '0x3 1x15' }, at: '12m' },
    silent: { series: { 'events_unaccounted{job="journal"}': '0x18' }, at: '12m' },
  },
  OutboxOld: {
    expression: 'max by (job) (outbox_oldest_seconds) > 60',
    holds: '5m',
    severity: 'page',
    summary: 'What {{ $labels.job }} asks for is not published: the oldest for {{ $value | humanizeDuration }}.',
    runbook: 'outbox.md',
    fires: { series: { 'outbox_oldest_seconds{job="payments"}': '0+60x15' }, at: '12m' },
    silent: { series: { 'outbox_oldest_seconds{job="payments"}': '0x5 30x10' }, at: '12m' },
  },
  FirstFilterDown: {
    expression: 'min by (job) (first_filter_up) == 0',
    holds: '10m',
    severity: 'info',
    summary: '{{ $labels.job }} works without Redis: duplicates cost it a statement each, and nothing else.',
    runbook: 'configuration.md#redis-is-away',
    fires: { series: { 'first_filter_up{job="payments"}': '1x2 0x20' }, at: '15m' },
    silent: { series: { 'first_filter_up{job="payments"}': '1x2 0x3 1x20' }, at: '15m' },
  },
  LedgerContradicted: {
    expression: 'sum by (provider) (increase(ledger_contradictions_total[1h])) > 0',
    holds: '0m',
    severity: 'ticket',
    summary: '{{ $labels.provider }} told another amount of what it had told before.',
    runbook: 'ledger.md',
    fires: { series: { 'ledger_contradictions_total{provider="stripe"}': '0+0x10 1+1x10' }, at: '20m' },
    silent: { series: { 'ledger_contradictions_total{provider="stripe"}': '4+0x20' }, at: '20m' },
  },
} as const satisfies Record<string, Alert>;
