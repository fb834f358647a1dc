// Where the editors find their background workers: files of this server, bundled beside the page.
const FILES: Readonly<Record<string, string>> = { json: 'json.worker.js', graphql: 'graphql.worker.js' };

Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker: (_id: string, label: string) =>
      new Worker(`/explorer/${FILES[label] ?? 'editor.worker.js'}`, { name: label, type: 'module' }),
  },
});
