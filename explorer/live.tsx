import type { ExecutionResult } from 'graphql';

/** One line of the live list. */
export interface Line {
  readonly key: number;
  readonly at: string;
  readonly type: string;
  readonly text: string;
}

interface EventLike {
  readonly type?: string;
  readonly at?: string;
  readonly subject?: {
    readonly number?: string | null;
    readonly name?: string | null;
    readonly state?: string | null;
    readonly id?: string;
  };
  readonly actor?: { readonly name?: string };
}

let keys = 0;

const describe = ({ subject, actor }: EventLike) =>
  [subject?.number, subject?.name, subject?.state, actor?.name && `by ${actor.name}`].filter(Boolean).join(' · ');

/** The lines for a message: one per event, or one with its JSON if it has no events. */
export function linesOf(result: ExecutionResult): Line[] {
  const now = new Date().toISOString();
  const line = (type: string, text: string, at = now): Line => ({ key: ++keys, at, type, text });
  if (result.errors) return result.errors.map((e) => line('error', e.message));
  return Object.entries(result.data ?? {}).flatMap(([field, value]) => {
    const events = (value as { events?: EventLike[] } | null)?.events;
    if (!Array.isArray(events)) return [line(field, JSON.stringify(value))];
    return events.map((event) =>
      line(event.type ?? field, event.type === undefined ? JSON.stringify(event) : describe(event), event.at),
    );
  });
}

/** The list of events, newest first, and the status of the connection. */
export function Live({
  lines,
  status,
  onClear,
}: {
  readonly lines: readonly Line[];
  readonly status: string;
  readonly onClear: () => void;
}) {
  return (
    <section className="live" aria-label="Live events">
      <header>
        <strong>Live</strong>
        <span data-testid="status">{status}</span>
        <span data-testid="count">{lines.length === 1 ? '1 event' : `${lines.length} events`}</span>
        <button type="button" onClick={onClear}>
          Clear
        </button>
      </header>
      <ol data-testid="events">
        {lines.map(({ key, at, type, text }) => (
          <li key={key}>
            <time>{at.slice(11, 23)}</time> <b>{type}</b> {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
