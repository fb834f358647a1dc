import { createServer } from 'node:http';

/** What a process did to its event loop since the last question. */
export interface LoopFigures {
  /** Longest time without a turn of the event loop, in milliseconds. */
  readonly blockMs: number;
  /** Longest time that JavaScript ran without a turn, in milliseconds of processor time: what other processes of the
   * machine took is not in it. */
  readonly busyMs: number;
  /** Largest resident memory, and what it was at the last question, in bytes. */
  readonly peakBytes: number;
  readonly startBytes: number;
}

const TICK_MS = 2;

// Loaded into the server before its own code (`node --import`), the server itself knows nothing of it.
let block = 0;
let busy = 0;
let peak = 0;
let start = process.memoryUsage.rss();
let last = performance.now();
let used = process.threadCpuUsage();
setInterval(() => {
  const now = performance.now();
  const cpu = process.threadCpuUsage(used);
  block = Math.max(block, now - last - TICK_MS);
  busy = Math.max(busy, (cpu.user + cpu.system) / 1_000);
  peak = Math.max(peak, process.memoryUsage.rss());
  last = now;
  used = process.threadCpuUsage();
}, TICK_MS).unref();

const port = Number(process.env['LOOP_WATCH_PORT']);
createServer((_request, response) => {
  const figures: LoopFigures = { blockMs: block, busyMs: busy, peakBytes: peak, startBytes: start };
  (globalThis as { gc?: () => void }).gc?.();
  block = 0;
  busy = 0;
  start = process.memoryUsage.rss();
  peak = start;
  last = performance.now();
  used = process.threadCpuUsage();
  response.end(JSON.stringify(figures));
})
  .listen(port, '127.0.0.1')
  .unref();
