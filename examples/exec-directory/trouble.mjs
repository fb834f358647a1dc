/** Errors on a target, with codes for its reports. */

/** A failure with a code and a message. `retryable`: a new attempt may succeed. */
export class Trouble extends Error {
  constructor(code, message, retryable) {
    super(message);
    this.name = 'Trouble';
    this.code = code;
    this.retryable = retryable;
  }
}

/** Thrown while a target is being worked on, when the target has been cancelled. */
export class Cancelled extends Error {
  constructor() {
    super('Cancelled.');
    this.name = 'Cancelled';
  }
}

const SYSTEM = {
  ENOSPC: ['NO_SPACE', true],
  EDQUOT: ['NO_SPACE', true],
  EROFS: ['NOT_WRITABLE', true],
  EACCES: ['NOT_WRITABLE', true],
  EPERM: ['NOT_WRITABLE', true],
  ENOTDIR: ['NOT_A_DIRECTORY', false],
  ELOOP: ['NOT_A_DIRECTORY', false],
  EISDIR: ['NOT_A_FILE', false],
};

/** The reason that a report gives for an error. */
export function reasonOf(error) {
  if (error instanceof Trouble) return { code: error.code, message: error.message, retryable: error.retryable };
  const [code, retryable] = SYSTEM[error?.code] ?? ['FAILED', true];
  return { code, message: error instanceof Error ? error.message : String(error), retryable };
}

/** An error of the exec protocol: its code is one of the closed list. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}
