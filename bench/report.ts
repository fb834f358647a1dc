import type { Operation } from './operation.js';
import type { ServerName } from './server-process.js';

/** The result of one turn of one server. Times in milliseconds, the rest per request. */
export interface Measured {
  readonly operation: string;
  readonly server: ServerName;
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server process; undefined if the system does not report it. */
  readonly cpuMs: number | undefined;
  /** Processor time of PostgreSQL. */
  readonly sqlCpuMs: number | undefined;
  readonly statements: number;
  readonly bytes: number;
}

type Figures = Omit<Measured, 'operation' | 'server'>;

/** One operation in the report; `ratio` is requests per second, ours over theirs. */
export interface OperationReport {
  readonly name: string;
  readonly title: string;
  readonly interlock: Figures;
  readonly postgraphile: Figures;
  readonly mercurius: Figures;
  readonly limit: Figures;
  readonly ratio: { readonly postgraphile: number; readonly mercurius: number; readonly limit: number };
}

const digits = (value: number, places: number) => Number(value.toFixed(places));

function median(values: readonly (number | undefined)[], places: number): number {
  const known = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return digits(known[Math.floor(known.length / 2)] ?? Number.NaN, places);
}

/** The medians of the rounds. */
export function summarise(
  { name, title }: Operation,
  servers: readonly ServerName[],
  measured: ReadonlyMap<string, readonly Measured[]>,
): OperationReport {
  const figures = Object.fromEntries(
    servers.map((server) => {
      const turns = measured.get(`${name} ${server}`) ?? [];
      const known = (pick: (turn: Measured) => number | undefined, places: number) =>
        turns.every((turn) => pick(turn) === undefined) ? undefined : median(turns.map(pick), places);
      return [
        server,
        {
          rps: median(
            turns.map((turn) => turn.rps),
            1,
          ),
          p50: median(
            turns.map((turn) => turn.p50),
            2,
          ),
          p99: median(
            turns.map((turn) => turn.p99),
            2,
          ),
          cpuMs: known((turn) => turn.cpuMs, 3),
          sqlCpuMs: known((turn) => turn.sqlCpuMs, 3),
          statements: median(
            turns.map((turn) => turn.statements),
            2,
          ),
          bytes: median(
            turns.map((turn) => turn.bytes),
            0,
          ),
        } satisfies Figures,
      ];
    }),
  ) as Record<ServerName, Figures>;
  const ratio = (peer: ServerName) => digits(figures.interlock.rps / figures[peer].rps, 2);
  return {
    name,
    title,
    ...figures,
    ratio: { postgraphile: ratio('postgraphile'), mercurius: ratio('mercurius'), limit: ratio('limit') },
  };
}

const cell = (value: string | number | undefined, width: number) => String(value ?? '–').padStart(width);

const printRow = (name: string, values: readonly (string | number | undefined)[]) =>
  console.log(`${name.padEnd(14)}${values.map((value) => cell(value, 12)).join('')}`);

/** Prints one operation as a table. */
export function printOperation(report: OperationReport): void {
  console.log(`\n${report.name}: ${report.title}`);
  printRow('', ['req/s', 'p50 ms', 'p99 ms', 'CPU ms', 'SQL CPU ms', 'statements', 'bytes', 'ours/theirs']);
  for (const server of ['interlock', 'postgraphile', 'mercurius', 'limit'] as const) {
    const { rps, p50, p99, cpuMs, sqlCpuMs, statements, bytes } = report[server];
    const ratio = server === 'interlock' ? '' : `${report.ratio[server].toFixed(2)} ×`;
    const times = [p50.toFixed(1), p99.toFixed(1), cpuMs?.toFixed(2), sqlCpuMs?.toFixed(2)];
    printRow(server, [Math.round(rps), ...times, statements, bytes, ratio]);
  }
}
