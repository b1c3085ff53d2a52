/** The dashboards, by their file. One more panel is a row in one of the lists; a test holds every metric against the table. */
import type { Dashboard } from './dashboard.ts';
import { dashboardsOfEvents } from './dashboards-of-events.ts';
import { dashboardsOfProcesses } from './dashboards-of-processes.ts';
import { dashboardsOfSenders } from './dashboards-of-senders.ts';

export const dashboards: Readonly<Record<string, Dashboard>> = {
  ...dashboardsOfEvents,
  ...dashboardsOfSenders,
  ...dashboardsOfProcesses,
};
