// Tells the editors where their background workers are: files of this server, bundled with the page.
const FILES: Readonly<Record<string, string>> = { json: 'json.worker.js', graphql: 'graphql.worker.js' };

Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker: (_id: string, label: string) =>
      new Worker(`/explorer/${FILES[label] ?? 'editor.worker.js'}`, { name: label, type: 'module' }),
  },
});
