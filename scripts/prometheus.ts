/**
 * `npm run prometheus`: builds Prometheus and promtool from the Go module in test/prometheus into the cache folder, once.
 * The tests of rules and dashboards run where they are there.
 */
import { prometheusBinary, promtoolBinary } from '../test/prometheus/prometheus.ts';
import { buildGo } from './steps/go-build.ts';

// Measured: 3.5 minutes of CPU on one core. Without service discoveries of clouds, which are most of it.
await buildGo([promtoolBinary, prometheusBinary], { needs: 'Go 1.26.7 or newer', flags: ['-tags=remove_all_sd'] });
