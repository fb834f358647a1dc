import type pg from 'pg';
import { BoundedMap } from '../domain/bounded-map.js';

/** How many statements a connection keeps prepared, and how much text they may have. PostgreSQL keeps their plans. */
export const MAX_PREPARED = { entries: 500, bytes: 8_388_608 };

/** How many texts are remembered that came once. */
const SEEN_ONCE = { entries: 2_000, bytes: 4_194_304 };

// node-postgres has no way to forget a statement: it keeps the text of each by its name.
interface Parsed {
  readonly connection: { readonly parsedStatements: Record<string, string> };
}

/**
 * The names of prepared statements. A text that comes for the second time is prepared, on each connection that runs it.
 * The connection keeps those it used last: it deallocates the oldest to prepare a new one. So neither PostgreSQL nor
 * this process remembers more and more, and documents that come once cost no other one its plan.
 */
export class PreparedStatements {
  readonly #ofClient = new WeakMap<pg.ClientBase, BoundedMap<string>>();
  // Those that make room for the statement that is being named.
  #gone: string[] = [];
  readonly #seen = new BoundedMap<true>(SEEN_ONCE);
  #made = 0;

  constructor(readonly bounds = MAX_PREPARED) {}

  /** The name under which a connection runs a text; undefined when it runs it without. */
  nameFor(client: pg.ClientBase, text: string): string | undefined {
    let names = this.#ofClient.get(client);
    const known = names?.get(text);
    if (known !== undefined) return known;
    if (!this.#seen.get(text)) {
      this.#seen.set(text, true);
      return undefined;
    }
    if (!names) {
      names = new BoundedMap(this.bounds, (name) => void this.#gone.push(name));
      this.#ofClient.set(client, names);
    }
    const name = `r${(this.#made += 1)}`;
    const isKept = names.set(text, name);
    if (this.#gone.length > 0) forget(client, this.#gone);
    this.#gone = [];
    return isKept ? name : undefined;
  }
}

// The connection runs its statements one after the other: this one before the one that needs the room. If it fails, the
// connection is lost, and the next statement says so. All names go in one text: node-postgres will refuse to queue more
// than one query behind the one that runs.
function forget(client: pg.ClientBase, names: readonly string[]): void {
  client.query(names.map((name) => `deallocate ${name}`).join('; ')).catch(() => {});
  for (const name of names) delete (client as unknown as Parsed).connection.parsedStatements[name];
}
