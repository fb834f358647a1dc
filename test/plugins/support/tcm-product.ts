import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profile } from '../../../plugins/tcm/profile-format.js';

const here = fileURLToPath(new URL('../../simulators/tcm/', import.meta.url));

/** A profile of the simulator. @param name of its file, without `.profile.json`. */
export const simulatedProfile = (name: 'distribution' | 'plan'): Profile =>
  JSON.parse(readFileSync(join(here, `${name}.profile.json`), 'utf8')) as Profile;

/** A distribution as the simulated product stores it. */
export interface SimulatedRun {
  readonly id: string;
  readonly label: string;
  readonly operation: string;
  readonly package: string;
  readonly endpoints: readonly string[];
}

/** How the simulated product shall behave; see test/simulators/tcm/product.mjs. */
export interface Control {
  readonly paceMs?: number;
  readonly now?: number;
  readonly down?: boolean;
  readonly refuse?: string;
  readonly hold?: 'before' | 'after';
  readonly mute?: boolean;
  readonly silentGateways?: readonly string[];
}

/** An installed simulated product, with programs of its own. */
export class TcmProduct {
  readonly root = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'tcm-'));
  readonly state = join(this.root, 'state');
  readonly environmentScript = join(this.root, 'setup_env.sh');
  /** The profile, with the log of this product. */
  readonly profile: Profile;

  constructor(name: 'distribution' | 'plan', rework: (profile: Profile) => Profile = (profile) => profile) {
    const text = JSON.stringify(rework(simulatedProfile(name)));
    this.profile = JSON.parse(text.replaceAll('${dir}/tcm', this.state)) as Profile;
    writeFileSync(join(this.root, 'own.profile.json'), text);
    const files = [join(this.root, 'own.profile.json'), join(here, 'wording.json')];
    execFileSync(process.execPath, [join(here, 'install.mjs'), this.root, ...files]);
    mkdirSync(join(this.root, 'plans'));
  }

  /** Settings of an instance that runs the commands on this machine. */
  config(more: Readonly<Record<string, unknown>> = {}) {
    return {
      environmentScript: this.environmentScript,
      profile: this.profile,
      planDirectory: join(this.root, 'plans'),
      cacheMs: 50,
      ...more,
    };
  }

  control(control: Control): void {
    writeFileSync(join(this.state, 'control.json'), JSON.stringify(control));
  }

  /** Lets the next orders wait, before or after they take effect, until {@link letGo}. */
  hold(when: 'before' | 'after'): void {
    for (const name of ['held', 'go']) rmSync(join(this.state, name), { force: true });
    this.control({ hold: when });
  }

  /** Whether an order waits because of `hold`. */
  isHeld(): boolean {
    return existsSync(join(this.state, 'held'));
  }

  /** Ends the wait of every order. */
  letGo(): void {
    this.control({});
    writeFileSync(join(this.state, 'go'), '');
  }

  /** What the product has really started. */
  runs(): SimulatedRun[] {
    const folder = join(this.state, 'distributions');
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SimulatedRun);
  }

  /** How often a command was run, by its place in the profile. */
  asked(place: string): number {
    const log = join(this.state, 'commands.log');
    return existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line === place).length
      : 0;
  }
}
