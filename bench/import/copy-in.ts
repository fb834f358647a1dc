import type pg from 'pg';

/** The parts of a connection of `pg` that a COPY uses. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** A COPY from texts in memory, as `pg` runs queries. */
class CopyIn {
  constructor(
    readonly text: string,
    readonly chunks: Iterable<string>,
    readonly done: (error?: Error) => void,
  ) {}

  submit(connection: CopyConnection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    for (const chunk of this.chunks) connection.sendCopyFromChunk(Buffer.from(chunk));
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.done(error);
  }

  handleReadyForQuery(): void {
    this.done();
  }
}

/** Runs `COPY … FROM STDIN`. */
export const copyIn = async (client: pg.Client, text: string, chunks: Iterable<string>): Promise<void> =>
  await new Promise((done, failed) => {
    client.query(new CopyIn(text, chunks, (error) => (error ? failed(error) : done())) as never);
  });

/** A COPY to nowhere: what it costs to read rows. */
class CopyOut {
  constructor(
    readonly text: string,
    readonly done: (error?: Error) => void,
  ) {}

  submit(connection: CopyConnection): void {
    connection.query(this.text);
  }

  handleCopyData(): void {}

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.done(error);
  }

  handleReadyForQuery(): void {
    this.done();
  }
}

/** Runs `COPY … TO STDOUT`, and drops what comes. */
export const copyOut = async (client: pg.Client, text: string): Promise<void> =>
  await new Promise((done, failed) => {
    client.query(new CopyOut(text, (error) => (error ? failed(error) : done())) as never);
  });
