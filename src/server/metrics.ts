import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Everything that /metrics shows. Each app has its own registry, so that two can run in one process. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics of one app. Gauges are read at each request of /metrics. */
export function createMetrics(read: {
  followers: () => number;
  sockets: () => number;
  statements: () => number;
  logHead: () => number;
}) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('interlock_subscribers', 'Running event subscriptions.', read.followers);
  gauge('interlock_sockets', 'Open WebSockets.', read.sockets);
  gauge('interlock_log_position', 'Position of the newest event this process has passed to subscribers.', read.logHead);
  gauge('interlock_read_statements', 'SQL statements of the read side since start.', read.statements);
  const caches: Record<string, () => number> = {};
  registry.registerMetric(
    new Gauge({
      name: 'interlock_cache_bytes',
      help: 'Approximate size of what is remembered for later, in bytes. Each cache has a bound.',
      labelNames: ['cache'] as const,
      registers: [],
      collect() {
        for (const [cache, bytes] of Object.entries(caches)) this.set({ cache }, bytes());
      },
    }),
  );
  const requests = new Counter({
    name: 'interlock_requests_total',
    help: 'HTTP requests by route and status.',
    labelNames: ['route', 'status'] as const,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'interlock_request_seconds',
    help: 'Duration of HTTP requests, in seconds.',
    labelNames: ['route'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  // Finding the series of a set of labels costs more than counting in it, and there are few series.
  const series = new Map<string, { readonly count: Counter.Internal; readonly time: Histogram.Internal<'route'> }>();
  return {
    registry,
    /** Shows the size of a cache from now on. */
    showCache: (name: string, bytes: () => number): void => void (caches[name] = bytes),
    /** Counts a request that has been answered. @param seconds how long it took */
    request: (route: string, status: number, seconds: number): void => {
      const key = `${status} ${route}`;
      let found = series.get(key);
      if (!found)
        series.set(key, (found = { count: requests.labels(route, String(status)), time: duration.labels(route) }));
      found.count.inc();
      found.time.observe(seconds);
    },
    documents: new Counter({
      name: 'interlock_documents_parsed_total',
      help: 'GraphQL documents that were parsed, by door. Known documents are not parsed again.',
      labelNames: ['door'] as const,
      registers: [registry],
    }),
    errors: new Counter({
      name: 'interlock_errors_total',
      help: 'GraphQL errors by code.',
      labelNames: ['code'] as const,
      registers: [registry],
    }),
    jobs: new Counter({
      name: 'interlock_jobs_total',
      help: 'Jobs by name and result.',
      labelNames: ['job', 'result'] as const,
      registers: [registry],
    }),
  };
}
