import type { Stage } from './stage.js';

/** Changes the database behind the server's back, as another system or an intruder could. */
export async function sql(stage: Stage, text: string, ...values: unknown[]): Promise<void> {
  await stage.app.transact(async ({ em }) => {
    const numbered = text.replace(/\$\d/g, '?');
    await em.getConnection().execute(numbered, values, 'run', em.getTransactionContext());
  });
}
