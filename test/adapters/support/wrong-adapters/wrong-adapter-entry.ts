/** The module that a process of its own loads; see `entryOf`. */
import { right } from './right-adapter.js';
import { wrongAdapter } from './wrong-adapters.js';

const name = new URL(import.meta.url).searchParams.get('wrong');
export default name === null || name === '' ? right : wrongAdapter(name);
