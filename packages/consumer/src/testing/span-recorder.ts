import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

import {
  type Context,
  context,
  type ContextManager,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  trace,
  type Tracer,
} from '@opentelemetry/api';

/** A finished or open span, as far as the tests look. */
export interface RecordedSpan {
  readonly name: string;
  readonly context: SpanContext;
  readonly parentSpanId: string | undefined;
  readonly links: Link[];
  isEnded: boolean;
}

/** Installs a tracer that remembers every span, over the public API only. Undo with `uninstall`. */
export function recordSpans(): { readonly spans: readonly RecordedSpan[]; uninstall(): void } {
  const spans: RecordedSpan[] = [];
  const startSpan: Tracer['startSpan'] = (name, options = {}, parent = context.active()) => {
    const recorded = recordedSpan(name, options, parent);
    spans.push(recorded);
    return spanOver(recorded);
  };
  const tracer = { startSpan } as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  context.setGlobalContextManager(asyncContexts());
  return {
    spans,
    uninstall(): void {
      trace.disable();
      context.disable();
    },
  };
}

function recordedSpan(name: string, options: SpanOptions, parent: Context): RecordedSpan {
  const parentContext = options.root === true ? undefined : trace.getSpanContext(parent);
  const traceId = parentContext?.traceId ?? randomBytes(16).toString('hex');
  return {
    name,
    context: { traceId, spanId: randomBytes(8).toString('hex'), traceFlags: 1 },
    parentSpanId: parentContext?.spanId,
    links: [...(options.links ?? [])],
    isEnded: false,
  };
}

function spanOver(recorded: RecordedSpan): Span {
  const span: Partial<Span> = {
    spanContext: () => recorded.context,
    addLink: (link) => (recorded.links.push(link), span as Span),
    setAttribute: () => span as Span,
    setStatus: () => span as Span,
    isRecording: () => true,
    end: () => {
      recorded.isEnded = true;
    },
  };
  return span as Span;
}

function asyncContexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, ...[self, ...args]) => storage.run(active, () => run.apply(self, args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
