import type { Alert } from './alert.ts';

export const processAlerts = {
  ServiceGone: {
    expression: '(group by (service) (build_info offset 1h)) unless (group by (service) (build_info))',
    holds: '2m',
    severity: 'page',
    summary: 'No process of {{ $labels.service }} is seen any more.',
    runbook: 'processes.md#a-service-is-gone',
    fires: { series: { 'build_info{service="payments",version="1"}': '1x60 _x30' }, at: '80m' },
    silent: {
      series: {
        // Deployed anew.
        'build_info{service="payments",version="1"}': '1x60 _x30',
        'build_info{service="payments",version="2"}': '_x60 1x30',
      },
      at: '80m',
    },
  },
  ProcessRestarts: {
    expression: 'sum by (job) (changes(process_start_time_seconds[30m])) > 3',
    holds: '0m',
    severity: 'ticket',
    summary: '{{ $labels.job }} was started {{ $value }} times within half an hour.',
    runbook: 'processes.md#a-process-ends-again-and-again',
    fires: { series: { 'process_start_time_seconds{job="payments"}': '100+60x20' }, at: '15m' },
    silent: { series: { 'process_start_time_seconds{job="payments"}': '100x10 200x10' }, at: '15m' },
  },
  LoopBlocked: {
    expression: 'max by (job) (event_loop_delay_p99_seconds) > 0.5',
    holds: '5m',
    severity: 'ticket',
    summary: 'The event loop of {{ $labels.job }} is late by {{ $value | humanizeDuration }}.',
    runbook: 'processes.md#the-event-loop-is-late',
    fires: { series: { 'event_loop_delay_p99_seconds{job="ingress"}': '0.8x15' }, at: '10m' },
    silent: { series: { 'event_loop_delay_p99_seconds{job="ingress"}': '0.02x4 0.9 0.02x10' }, at: '10m' },
  },
  MemoryHigh: {
    // What Compose and the chart give a process is 512 MiB.
    expression: 'max by (job) (process_resident_memory_bytes) > 460e6',
    holds: '10m',
    severity: 'ticket',
    summary:
      'A process of {{ $labels.job }} has {{ $value | humanize1024 }}B; its limit is 512 MiB unless you gave it more.',
    runbook: 'processes.md#memory-is-near-its-limit',
    fires: { series: { 'process_resident_memory_bytes{job="ingress"}': '500e6x20' }, at: '15m' },
    silent: { series: { 'process_resident_memory_bytes{job="ingress"}': '200e6x20' }, at: '15m' },
  },
  VersionsMixed: {
    expression: 'count(count by (version) (build_info)) > 1',
    holds: '1h',
    severity: 'info',
    summary: '{{ $value }} releases run beside each other for an hour: was an upgrade left half done?',
    runbook: 'processes.md#two-releases-run',
    fires: {
      series: {
        'build_info{service="payments",version="1"}': '1x90',
        'build_info{service="ingress",version="2"}': '1x90',
      },
      at: '80m',
    },
    silent: {
      series: {
        'build_info{service="payments",version="2"}': '1x90',
        'build_info{service="ingress",version="1"}': '1x40 _x60',
        'build_info{service="ingress",version="2"}': '_x40 1x60',
      },
      at: '80m',
    },
  },
} as const satisfies Record<string, Alert>;
