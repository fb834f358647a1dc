import { ansible } from '../plugins/ansible/ansible.adapter.js';
import { awx } from '../plugins/awx/awx.adapter.js';
import { exec } from '../plugins/exec/exec.adapter.js';
import { hawkbit } from '../plugins/hawkbit/hawkbit.adapter.js';
import { httpJob } from '../plugins/http-job/http-job.adapter.js';
import { manual } from '../plugins/manual/manual.adapter.js';
import { simulator } from '../plugins/simulator/simulator.adapter.js';
import { ssh } from '../plugins/ssh/ssh.adapter.js';
import { tcm } from '../plugins/tcm/tcm.adapter.js';
import { tpm } from '../plugins/tpm/tpm.adapter.js';
import type { AdapterModule } from './adapters/adapter.js';

/** The adapters that ship with the server, by id. A new built-in adapter is one import and one name here. */
export const BUILT_IN: Readonly<Record<string, AdapterModule>> = {
  ansible,
  awx,
  exec,
  hawkbit,
  'http-job': httpJob,
  manual,
  simulator,
  ssh,
  tcm,
  tpm,
};
