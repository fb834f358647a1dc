// Keeps a copy of the configuration items and relations of Interlock in a file, and brings it up to date each time it
// runs: the first time by exports, later by what has changed since. A run that breaks off changes nothing: run it
// again.
//
//   TOKEN=ilk_… [URL=http://127.0.0.1:4000] node examples/sync/copy.mjs copy.json
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

const [file] = process.argv.slice(2);
const { URL: url = 'http://127.0.0.1:4000', TOKEN: token } = process.env;
if (file === undefined || token === undefined) {
  console.error('Usage: TOKEN=ilk_… node examples/sync/copy.mjs FILE');
  process.exit(2);
}

/** The lines of an export, one after the other. */
async function* lines(what) {
  const response = await fetch(`${url}/export/${what}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) yield JSON.parse(line);
}

/** All of it. What changes while it is read comes again with the first changes, because the cursor is from before. */
async function everything() {
  const copy = { cursor: '', items: {}, relations: {} };
  for await (const { cursor } of lines('changes')) copy.cursor = cursor;
  for await (const item of lines('configuration-items')) copy.items[item.id] = item;
  for await (const relation of lines('relations')) copy.relations[relation.id] = relation;
  return copy;
}

/** Each line has an item as it is now, and all relations that start at it if they changed. */
async function changes(copy) {
  for await (const { id, configurationItem, relations, cursor } of lines(`changes?after=${copy.cursor}`)) {
    if (cursor !== undefined) copy.cursor = cursor;
    else if (configurationItem === null) delete copy.items[id];
    else copy.items[id] = configurationItem;
    if (relations === undefined) continue;
    for (const relation of Object.values(copy.relations))
      if (relation.sourceId === id) delete copy.relations[relation.id];
    for (const relation of relations) copy.relations[relation.id] = relation;
  }
  return copy;
}

const copy = existsSync(file)
  ? await changes(JSON.parse(readFileSync(file, 'utf8'))).catch(async (error) => {
      if (error.status !== 410) throw error; // the database was restored: the cursor is of another log
      return await everything();
    })
  : await everything();
writeFileSync(`${file}.part`, JSON.stringify(copy));
renameSync(`${file}.part`, file);
console.log(`${Object.keys(copy.items).length} items, ${Object.keys(copy.relations).length} relations`);
