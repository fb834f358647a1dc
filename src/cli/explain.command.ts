import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { schema } from '../app.js';
import { loadConfig } from '../config.js';
import type { CompiledStatement } from '../database/compile.js';
import { sqlState } from '../database/database-error.js';
import { formatSql } from '../database/format-sql.js';
import { openReadDatabase } from '../database/read-database.js';
import { explain, type Explanation } from '../server/graphql/explain.js';
import { withDatabase } from './database.command.js';
import { rolesOf } from './roles-option.js';

/** Options of `interlock explain`. */
export interface ExplainOptions {
  readonly variables?: string;
  readonly operation?: string;
  readonly role?: string[];
  readonly analyze?: boolean;
}

function variablesOf(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  const problem = '--variables takes a JSON object, e.g. \'{"first": 10}\'.';
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(problem);
  return value as Record<string, unknown>;
}

/** What `interlock explain` prints: the statement with its parameters, or why there is none, and the cost. */
export function explanationText(explanation: Explanation): string {
  const cost = `-- cost ${explanation.cost}; a server accepts up to INTERLOCK_MAX_COST\n`;
  if ('reason' in explanation)
    return (
      `This operation cannot be one SQL statement: ${explanation.reason}\n` +
      'The server executes it row by row with graphql-js instead; rows of one level still share a statement.\n' +
      cost
    );
  const { text: statement, values } = explanation.statement;
  const parameters = values.map((value, index) => `-- $${index + 1} = ${JSON.stringify(value)}\n`);
  return `${formatSql(statement)};\n${parameters.join('')}${cost}`;
}

/** Runs the statement under the settings of the server and describes how PostgreSQL executed it. */
async function analysis({ text: statement, values }: CompiledStatement): Promise<string> {
  return await withDatabase(async (_, url) => {
    const { statementTimeoutMs } = loadConfig();
    const { pool, close } = openReadDatabase(url, { poolSize: 1, statementTimeoutMs, onError: () => {} });
    try {
      const { rows } = await pool.query(`explain (analyze, buffers) ${statement}`, [...values]);
      return rows.map((row: Record<string, unknown>) => `${String(row['QUERY PLAN'])}\n`).join('');
    } catch (error) {
      if (sqlState(error) !== '42P01') throw error;
      throw new Error('The database has no tables yet. Run `interlock migrate` first.', { cause: error });
    } finally {
      await close();
    }
  });
}

/**
 * Prints the SQL statement that answers a GraphQL operation.
 * @param file a path; undefined or `-` for standard input
 */
export async function explainCommand(file: string | undefined, options: ExplainOptions): Promise<void> {
  const source = file === undefined || file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  const explanation = await explain({
    schema: schema(),
    source,
    operationName: options.operation,
    variables: variablesOf(options.variables),
    roles: rolesOf(options.role ?? ['AUDITOR']),
  });
  process.stdout.write(explanationText(explanation));
  if (options.analyze && 'statement' in explanation) process.stdout.write(`\n${await analysis(explanation.statement)}`);
}
