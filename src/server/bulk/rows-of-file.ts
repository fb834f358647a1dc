import { CsvError, parse, type Info } from 'csv-parse';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RequestError } from '../../domain/errors.js';
import { type FileFormat, type FileImportKind, type FileProblem, RowFailure } from '../../domain/file-import.js';
import { problemOfHeader, rowOfCells, rowOfJson } from '../../domain/import-row.js';
import { unkeptNumber } from '../../domain/value.js';
import type { FileRow } from '../../services/file-import-run.js';

/** Maximum length of a row, in characters. */
export const MAX_ROW = 1_048_576;

/** The file as a whole is refused. @param details such as the line, where it is known */
export const refuseFile = (problem: FileProblem, message: string, details: Record<string, unknown> = {}) =>
  new RequestError('BAD_USER_INPUT', message, { problem, ...details });

/** A row, and about how much memory it takes. */
interface Read {
  readonly row: FileRow;
  readonly length: number;
}

/** UTF-8 as text. A byte-order mark is left out. @throws RequestError WRONG_ENCODING */
async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const text = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw refuseFile('WRONG_ENCODING', 'The file is not in UTF-8. Save it as "CSV UTF-8", or convert it.');
    }
  };
  for await (const chunk of bytes) yield text(chunk);
  yield text();
}

const tooLong = (line: number) =>
  refuseFile('ROW_TOO_LONG', `Line ${line} is longer than ${MAX_ROW} characters.`, { line });

function jsonRow(kind: FileImportKind, line: string): FileRow {
  const number = unkeptNumber(line);
  if (number !== undefined)
    return new RowFailure('BAD_USER_INPUT', `The number ${number.slice(0, 40)} cannot be represented exactly.`);
  try {
    return rowOfJson(kind, JSON.parse(line));
  } catch {
    return new RowFailure('BAD_USER_INPUT', 'The line is not valid JSON.');
  }
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<{ line: string; isWhole: boolean }> {
  let rest = '';
  let number = 1;
  for await (const text of texts) {
    const parts = text.split('\n');
    parts[0] = rest + (parts[0] ?? '');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      if (part.length > MAX_ROW) throw tooLong(number);
      number += 1;
      yield { line: part, isWhole: true };
    }
    if (rest.length > MAX_ROW) throw tooLong(number);
  }
  if (rest !== '') yield { line: rest, isWhole: false };
}

async function* ndjson(kind: FileImportKind, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Read> {
  for await (const { line, isWhole } of linesOf(decoded(bytes))) {
    if (line.trim() === '') continue;
    const row = jsonRow(kind, line);
    // A last line without its end may be whole all the same.
    if (!isWhole && row instanceof RowFailure && row.field === null)
      throw refuseFile('TRUNCATED', 'The file ends in the middle of a line. Send it again.');
    yield { row, length: line.length };
  }
}

function csvProblem(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = typeof error['lines'] === 'number' ? error['lines'] : undefined;
  const details = line === undefined ? {} : { line };
  switch (error.code) {
    case 'CSV_MAX_RECORD_SIZE':
      return tooLong(line ?? 0);
    case 'CSV_QUOTE_NOT_CLOSED':
      return refuseFile('TRUNCATED', 'The file ends inside quotes. Send it again.', details);
    default:
      return refuseFile('MALFORMED_CSV', `Quotes are used in a way that CSV does not allow, at line ${line}.`, details);
  }
}

async function* csv(kind: FileImportKind, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Read> {
  const parser = parse({
    info: true,
    max_record_size: MAX_ROW,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const feeding = pipeline(Readable.from(decoded(bytes)), parser);
  feeding.catch(() => {}); // the loop throws the same error
  let header: string[] | undefined;
  try {
    for await (const { record } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (header === undefined) {
        header = record.map((name) => name.trim());
        const found = problemOfHeader(kind, header);
        if (found) throw refuseFile(found.problem, found.message);
        continue;
      }
      yield {
        row: rowOfCells(kind, header, record),
        length: record.reduce((length, cell) => length + cell.length + 1, 0),
      };
    }
  } catch (error) {
    throw csvProblem(error);
  } finally {
    parser.destroy();
  }
}

/** The rows of a file. @throws RequestError with a {@link FileProblem} */
const rowsOf = (format: FileFormat, kind: FileImportKind, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Read> =>
  format === 'CSV' ? csv(kind, bytes) : ndjson(kind, bytes);

/** Reads a file to its end. @returns the number of its rows @throws RequestError with a {@link FileProblem} */
export async function countRows(
  format: FileFormat,
  kind: FileImportKind,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  let rows = 0;
  for await (const _ of rowsOf(format, kind, bytes)) rows += 1;
  if (rows === 0) throw refuseFile('EMPTY', 'The file has no rows.');
  return rows;
}

/**
 * The rows of a file in batches, so that memory does not grow with the file.
 * @param from number of rows to pass over.
 * @param most maximum number of rows of a batch.
 */
export async function* batchesOf(
  source: { readonly format: FileFormat; readonly kind: FileImportKind; readonly bytes: AsyncIterable<Uint8Array> },
  from: number,
  most: number,
): AsyncGenerator<FileRow[]> {
  let batch: FileRow[] = [];
  let length = 0;
  let row = 0;
  for await (const read of rowsOf(source.format, source.kind, source.bytes)) {
    if (row++ < from) continue;
    if (batch.length > 0 && (batch.length === most || length + read.length > MAX_ROW)) {
      yield batch;
      [batch, length] = [[], 0];
    }
    batch.push(read.row);
    length += read.length;
  }
  if (batch.length > 0) yield batch;
}
