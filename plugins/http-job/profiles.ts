/** The ready profiles. */
import type { HttpJobConfig, Profile } from './profile.js';
import argoCd from './profiles/argo-cd.json' with { type: 'json' };
import github from './profiles/github-actions.json' with { type: 'json' };
import gitlab from './profiles/gitlab.json' with { type: 'json' };
import jenkins from './profiles/jenkins.json' with { type: 'json' };
import kubernetes from './profiles/kubernetes-job.json' with { type: 'json' };
import octopus from './profiles/octopus.json' with { type: 'json' };
import rundeck from './profiles/rundeck.json' with { type: 'json' };

/** By the name that the settings use. */
export const PROFILES = {
  'argo-cd': argoCd,
  'github-actions': github,
  gitlab,
  jenkins,
  'kubernetes-job': kubernetes,
  octopus,
  rundeck,
} as unknown as Readonly<Record<string, Profile>>;

/** The profile that the settings name or hold. The schema of the settings has checked its shape. */
export function profileOf({ profile }: HttpJobConfig): Profile {
  return typeof profile === 'string' ? (PROFILES[profile] as Profile) : profile;
}
