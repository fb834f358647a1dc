/**
 * Long work in short turns. JavaScript that runs on and on keeps every other request waiting, `/healthz` included. So
 * whatever can be as large as the data is done in small steps, and asks between them whether others should have their
 * turn. All work of the process shares the turns: many long requests at once hold the event loop no longer than one.
 */

/** How long long work keeps the event loop before others have their turn, in milliseconds. */
const TURN_MS = 8;

/** How much work is let into one turn in advance, in rows of an answer. */
const TURN_WEIGHT = 500;

interface Waiter {
  readonly weight: number;
  readonly go: () => void;
}

let queue: Waiter[] = [];
let served = 0;
let isServing = false;
let began: number | undefined;
let taken = 0;

function endTurn(): void {
  began = undefined;
  taken = 0;
}

function serve(): void {
  began = performance.now();
  taken = 0;
  while (taken < TURN_WEIGHT && served < queue.length) {
    const { weight, go } = queue[served++] as Waiter;
    taken += weight;
    go();
  }
  isServing = served < queue.length;
  if (!isServing) {
    queue = [];
    served = 0;
  } else if (served > 10_000) {
    queue = queue.slice(served);
    served = 0;
  }
  setImmediate(isServing ? serve : endTurn);
}

async function wait(weight: number): Promise<void> {
  await new Promise<void>((go) => {
    queue.push({ weight, go });
    if (isServing) return;
    isServing = true;
    setImmediate(serve);
  });
}

/**
 * Asks for a part of the current turn of the event loop.
 * @param weight how much work follows, in rows of an answer.
 * @returns undefined when the work can begin now; otherwise a promise to wait for. Those who wait are served in their
 * order, in as many turns as it takes.
 */
export function takeTurn(weight: number): Promise<void> | undefined {
  if (began === undefined) {
    began = performance.now();
    setImmediate(endTurn);
  }
  if (isServing || taken >= TURN_WEIGHT || performance.now() - began > TURN_MS) return wait(weight);
  taken += weight;
  return undefined;
}

/** Runs work that is written as a generator: it may be interrupted at each `yield`. @returns its result */
export async function inTurns<T>(work: Generator<unknown, T>): Promise<T> {
  const first = takeTurn(1);
  if (first) await first;
  for (;;) {
    const start = performance.now();
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() - start < TURN_MS);
    await wait(TURN_WEIGHT);
  }
}
