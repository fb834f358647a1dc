/**
 * Waits until a condition gives something truthy; the way to await a state without sleeping a guessed time.
 * @throws Error after `ms`
 */
export async function until<T>(
  condition: () => Promise<T> | T,
  what: string | (() => string) = 'the condition',
  ms = 10_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain for ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
