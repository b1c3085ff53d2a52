import type { Dashboard } from './dashboard.ts';

/** What every process has. */
export const dashboardsOfProcesses = {
  processes: {
    title: 'Trunkline: processes',
    panels: [
      {
        question: 'How late is the event loop?',
        unit: 's',
        queries: [{ expression: 'max by (job) (event_loop_delay_p99_seconds)', legend: '{{job}}' }],
      },
      {
        question: 'How much memory do they take?',
        unit: 'bytes',
        queries: [
          { expression: 'max by (job) (process_resident_memory_bytes)', legend: '{{job}}' },
          { expression: 'max by (job) (process_heap_used_bytes)', legend: '{{job}} heap' },
        ],
      },
      {
        question: 'Since when do they run?',
        unit: 's',
        queries: [{ expression: 'time() - max by (job) (process_start_time_seconds)', legend: '{{job}}' }],
      },
      {
        question: 'Which releases run?',
        unit: 'short',
        queries: [{ expression: 'count by (service, version) (build_info)', legend: '{{service}} {{version}}' }],
      },
    ],
  },
} as const satisfies Record<string, Dashboard>;
