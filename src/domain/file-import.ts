/** What a file can hold, by the last part of the address that takes it. */
export const FILE_IMPORT_KINDS = ['CONFIGURATION_ITEMS', 'RELATIONS', 'PEOPLE', 'OBSERVATIONS'] as const;

/** One of {@link FILE_IMPORT_KINDS}. */
export type FileImportKind = (typeof FILE_IMPORT_KINDS)[number];

/** What the rows of each kind are. */
export const FILE_IMPORT_KIND_DESCRIPTIONS: Readonly<Record<FileImportKind, string>> = {
  CONFIGURATION_ITEMS: 'Configuration items, registered or updated by their references in another system.',
  RELATIONS: 'Relations between configuration items.',
  PEOPLE: 'People and service accounts, created or updated by their references in another system.',
  OBSERVATIONS: 'What a source observes of configuration items.',
};

/** The formats of a file. */
export const FILE_FORMATS = ['CSV', 'NDJSON'] as const;

/** One of {@link FILE_FORMATS}. */
export type FileFormat = (typeof FILE_FORMATS)[number];

/** What each format is. */
export const FILE_FORMAT_DESCRIPTIONS: Readonly<Record<FileFormat, string>> = {
  CSV: 'Comma-separated values with a header, in UTF-8.',
  NDJSON: 'One JSON object per line, in UTF-8.',
};

/** Where an import of a file stands. */
export const FILE_IMPORT_STATES = ['RUNNING', 'INTERRUPTED', 'STOPPED', 'REJECTED', 'COMPLETED'] as const;

/** One of {@link FILE_IMPORT_STATES}. */
export type FileImportState = (typeof FILE_IMPORT_STATES)[number];

/** What each state means. */
export const FILE_IMPORT_STATE_DESCRIPTIONS: Readonly<Record<FileImportState, string>> = {
  RUNNING: 'Rows are being imported. After a crash of the server it stays so until the file is sent again.',
  INTERRUPTED: 'The sender went away, lost the right to import, or the server stopped. Send the file again to go on.',
  STOPPED: 'A row failed under STOP_AT_FAILED. The rows before it are written. Send the file again to go on there.',
  REJECTED: 'A row failed under REJECT_EVERYTHING. Nothing was written.',
  COMPLETED: 'Every row has its result.',
};

/** The counts of the rows of an import, by their result. */
export interface FileImportCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
}

/** What became of one row of a file. */
export interface RowOutcome {
  readonly status: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED';
  /** Database id of the object, if there is one. */
  readonly id: string | null;
  /** Why it failed: the code with which the mutation for one object would refuse it. */
  readonly code?: string;
  readonly message?: string;
  readonly field?: string | null;
}

/** Why a row of an import cannot be taken, where no request error or refusal says it. */
export class RowFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

/** What observations of a file have in common. */
export interface ObservedBy {
  readonly source: string;
  /** When the source looked, for rows that do not say so. Null: when they are imported. */
  readonly observedAt: string | null;
  readonly nextWithinMinutes: number | null;
}

/** What a batch of rows is taken with. */
export interface TakeOptions {
  /** False for a dry run. */
  readonly write: boolean;
  /** Whether to take no row after one that failed. */
  readonly stop: boolean;
  /** Whether to write nothing at all if one row failed. */
  readonly whole?: boolean;
  /** Since when what the rows say has been so. Absent: since now. */
  readonly validFrom?: string | null;
  /** Set for observations. */
  readonly observed?: ObservedBy | null;
  /** Public id of the import of a file that the rows belong to, for their events. */
  readonly importId?: string;
  /** Tells which keys earlier rows of the same file had. Absent: there are none. */
  readonly earlier?: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Remembers the keys of rows that were taken. */
  readonly remember?: (keys: readonly string[]) => Promise<void>;
}

/** Why a file as a whole is refused. Nothing of it is written then. */
export const FILE_PROBLEMS = {
  DIGEST_MISMATCH: 'The bytes that arrived have another SHA-256 than the request claims.',
  DUPLICATE_HEADER: 'Two columns of the CSV have the same name.',
  EMPTY: 'The file has no rows.',
  MALFORMED_CSV: 'Quotes are used in a way that CSV does not allow.',
  ROW_TOO_LONG: 'A row is longer than 1 MiB.',
  TRUNCATED: 'The file ends inside a row.',
  UNKNOWN_HEADER: 'A column has a name that rows of this kind do not have, or a required column is missing.',
  WRONG_ENCODING: 'The file is not in UTF-8.',
} as const satisfies Readonly<Record<string, string>>;

/** One of the keys of {@link FILE_PROBLEMS}. */
export type FileProblem = keyof typeof FILE_PROBLEMS;
