import { createServer } from 'node:http';

// Loaded into every server of the live benchmark (`--import`): reports the memory in use after a garbage collection.
const port = Number(process.env['BENCH_PROBE_PORT']);
createServer((_request, response) => {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
  const { heapUsed, rss, external } = process.memoryUsage();
  response.end(JSON.stringify({ heapUsed, rss, external }));
})
  .listen(port, '127.0.0.1')
  .unref();
