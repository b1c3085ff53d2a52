/**
 * `npm run jaeger`: builds Jaeger from the Go module in test/jaeger into the cache folder, once. Minutes and some 3 GB of
 * Go's own cache, so no test does it; the end-to-end test of traces runs where the binary is there.
 */
import { jaegerBinary } from '../test/jaeger/jaeger.ts';
import { buildGo } from './steps/go-build.ts';

// Measured: 5 minutes of CPU on one core.
await buildGo([jaegerBinary], { needs: 'Go 1.24 or newer' });
