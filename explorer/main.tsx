import './workers.js';
import 'graphiql/style.css';
import './explorer.css';
import { GraphiQL } from 'graphiql';
import { useCallback, useEffect, useMemo, useState, type SyntheticEvent } from 'react';
import { createRoot } from 'react-dom/client';
import { linesOf, Live, type Line } from './live.js';
import { checkToken, createTransport, type Request } from './transport.js';

// Only this tab keeps the token; closing the tab removes it. The editors store queries, but never headers.
const KEY = 'interlock.token';
const MAX_LINES = 500;

const FIRST_QUERY = `# Queries and mutations use HTTP, subscriptions use the WebSocket. Press Ctrl+Enter to run.

query LatestEvents {
  events(first: 5) {
    nodes {
      at
      type
      subject {
        id
        type
        name
        state
      }
      actor {
        name
      }
    }
  }
}

# Shows new events. After a lost connection it continues after the last cursor.
subscription WhatHappens {
  eventStream {
    events {
      at
      type
      subject {
        id
        number
        name
        state
      }
      actor {
        name
      }
    }
    endCursor
    caughtUp
  }
}
`;

function SignIn({
  onToken,
  problem,
}: {
  readonly onToken: (token: string) => void;
  readonly problem: string | undefined;
}) {
  const [text, setText] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onToken(text.trim().replace(/^Bearer\s+/i, ''));
  };
  return (
    <main className="sign-in">
      <h1>Interlock explorer</h1>
      <form onSubmit={submit}>
        <label>
          Access token
          <input
            type="password"
            name="token"
            autoComplete="off"
            autoFocus
            value={text}
            onChange={(e) => setText(e.target.value)}
          />
        </label>
        <button type="submit" disabled={text.trim() === ''}>
          Sign in
        </button>
      </form>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <p>
        <code>npm start</code> prints a token on an empty database.{' '}
        <code>npm run interlock -- token create --role AUDITOR</code> creates another one. The token stays in this tab;
        closing the tab removes it.
      </p>
    </main>
  );
}

function Explorer({ token, onSignOut }: { readonly token: string; readonly onSignOut: () => void }) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [status, setStatus] = useState('idle');
  const transport = useMemo(
    () =>
      createTransport(token, {
        status: setStatus,
        message: (result) => setLines((old) => [...linesOf(result).toReversed(), ...old].slice(0, MAX_LINES)),
      }),
    [token],
  );
  useEffect(() => () => transport.dispose(), [transport]);
  const fetcher = useCallback((request: Request) => transport.run(request), [transport]);
  return (
    <div className="explorer">
      <header className="bar">
        <strong>Interlock explorer</strong>
        <span>Signed in; the token stays in this tab.</span>
        <button type="button" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <GraphiQL
        fetcher={fetcher as never}
        defaultQuery={FIRST_QUERY}
        isHeadersEditorEnabled={false}
        shouldPersistHeaders={false}
      />
      <Live lines={lines} status={status} onClear={() => setLines([])} />
    </div>
  );
}

function Page() {
  const [token, setToken] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const signOut = useCallback(() => {
    sessionStorage.removeItem(KEY);
    setToken(undefined);
  }, []);
  const signIn = useCallback(async (text: string) => {
    try {
      await checkToken(text);
      sessionStorage.setItem(KEY, text);
      setProblem(undefined);
      setToken(text);
    } catch (error) {
      sessionStorage.removeItem(KEY);
      setProblem((error as Error).message);
    }
  }, []);
  useEffect(() => {
    const kept = sessionStorage.getItem(KEY);
    if (kept !== null) void signIn(kept);
  }, [signIn]);
  // A new token can be a new person with other rights, so everything below starts again.
  return token === undefined ? (
    <SignIn onToken={(text) => void signIn(text)} problem={problem} />
  ) : (
    <Explorer key={token} token={token} onSignOut={signOut} />
  );
}

createRoot(document.getElementById('root') as HTMLElement).render(<Page />);
