import { describeDoneMarkers } from './testing/describe-done-markers.ts';
import { createMemoryMarkers, createMemoryMarkerStore } from './testing/index.ts';

const store = createMemoryMarkerStore();

describeDoneMarkers('memory', (options) => Promise.resolve(createMemoryMarkers({ ...options, store })));
