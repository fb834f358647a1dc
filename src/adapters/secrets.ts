/** Secrets: resolved at the moment of use, and redacted wherever they might show. */
import { readFile } from 'node:fs/promises';
import { AdapterError, isSecretRef, type SecretRef } from './adapter.js';

const BLOT = '[redacted]';
const MAX_DEPTH = 12;
/** Shorter secrets occur in ordinary text, so redacting them would damage everything else. */
const MIN_SECRET = 4;
/** A line of a multi-line secret (a private key) that is shorter is too common to be redacted on its own. */
const MIN_LINE = 16;

/** The forms in which a secret may occur in text: as it is, its longer lines, and encoded as URL, JSON and Base64. */
function formsOf(secret: string): string[] {
  const lines = secret.includes('\n') ? secret.split(/\r?\n/).filter((line) => line.length >= MIN_LINE) : [];
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  return [
    secret,
    ...lines,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
  ];
}

/** Knows every secret resolved so far and replaces each of them in text and data. */
export class Redactor {
  private forms: string[] = [];

  /** Remember a secret. Longer forms are replaced first, so that one secret inside another leaves no remainder. */
  add(secret: string): void {
    if (secret === '' || this.forms.includes(secret)) return;
    this.forms = [...new Set([...this.forms, ...formsOf(secret)])].sort((a, b) => b.length - a.length);
  }

  /** True if the text holds a known secret. */
  finds(text: string): boolean {
    return this.forms.some((form) => text.includes(form));
  }

  /** The text without known secrets. */
  text(text: string): string {
    let clean = text;
    for (const form of this.forms) if (clean.includes(form)) clean = clean.replaceAll(form, BLOT);
    return clean;
  }

  /**
   * A copy of the value without known secrets, also in property names. Errors become plain objects, bytes a note of
   * their length.
   */
  value(value: unknown): unknown {
    return this.copy(value, 0);
  }

  private copy(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= MAX_DEPTH) return '[deep]';
    if (value instanceof Date) return value;
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Error) return this.copy(errorAsObject(value), depth);
    if (Array.isArray(value)) return value.map((item) => this.copy(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.text(name), this.copy(item, depth + 1)]),
    );
  }
}

function errorAsObject(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return { ...error, name, message, stack, ...(cause === undefined ? {} : { cause }) };
}

/** Resolves references to secrets and registers each value with the redactor. */
export class SecretResolver {
  constructor(
    private readonly env: Readonly<Record<string, string | undefined>>,
    private readonly redactor: Redactor,
  ) {}

  /**
   * The secret's present value; files are read each time, so a rotated secret takes effect. Throws INVALID_ARGUMENT
   * when it is not a reference and FAILED_PRECONDITION when the secret is missing or too short. Messages contain the
   * reference, never the value.
   */
  async get(ref: SecretRef): Promise<string> {
    if (!isSecretRef(ref)) throw new AdapterError('INVALID_ARGUMENT', 'Not a secret reference.');
    const [kind, place] = [
      ref.$secret.slice(0, ref.$secret.indexOf(':')),
      ref.$secret.slice(ref.$secret.indexOf(':') + 1),
    ];
    const value = kind === 'env' ? this.env[place] : await readSecretFile(place);
    if (value === undefined || value === '')
      throw new AdapterError('FAILED_PRECONDITION', `The secret ${ref.$secret} is missing or empty.`);
    if (value.length < MIN_SECRET) {
      throw new AdapterError(
        'FAILED_PRECONDITION',
        `The secret ${ref.$secret} is shorter than ${MIN_SECRET} characters.`,
      );
    }
    this.redactor.add(value);
    return value;
  }
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new AdapterError('FAILED_PRECONDITION', `The secret file ${path} cannot be read (${code}).`);
  }
}
