/**
 * The job: what changes a host. It leads a session of its own, so it outlives its connection, and everything about it
 * is in the folder of its run: `lock` (made by the one job that may work), `pid` (with start ticks and boot id, because
 * numbers are used again), `step`, `sums` (digests as read here), `log`, and at the end `rc`.
 */
import type { Order } from './order.js';
import type { Place } from './remote-scripts.js';
import { assignments, quote, words } from './quote.js';

const BEGIN = `
if ! mkdir "$run/lock" 2>/dev/null; then rm -f "$0"; exit 0; fi
umask 022
trap '' HUP
stat_of $$
read -r boot < /proc/sys/kernel/random/boot_id
put "$run/pid" "$$ $st_ticks $boot"
secrets=$(cat)
exec > "$run/log" 2>&1 </dev/null
mv -f "$0" "$run/job"
step() { put "$run/step" "$1"; }
end() {
  [ "$(readlink "$state/busy" 2>/dev/null)" != "$key" ] || rm -f "$state/busy"
  put "$run/rc" "$1 $2"
  exit 0
}
take() {
  n=0
  until ln -s "$key" "$state/busy" 2>/dev/null; do
    holder=$(readlink "$state/busy" 2>/dev/null)
    [ "$holder" != "$key" ] || return 0
    if [ -e "$state/runs/$holder/rc" ] || ! is_alive "$state/runs/$holder"; then rm -f "$state/busy"; fi
    n=$((n + 1))
    [ "$n" -lt 20 ] || end BUSY "The run $holder is working on this host."
    sleep 0.2 2>/dev/null || sleep 1
  done
}
check() {
  d=$(sha256sum < "$dir/$2") || end NOT_THERE "The file $2 has not arrived."
  d=\${d%% *}
  printf '%s  %s\\n' "$d" "$2" >> "$run/sums.part"
  [ "$d" = "$1" ] || bad="$2 has the digest $d instead of $1."
}
run_command() {
  code=0
  if [ -n "$secrets" ]; then printf '%s' "$secrets" | (set_variables && exec "$@") || code=$?
  else (set_variables && exec "$@") || code=$?
  fi
}
switch_to() {
  put "$run/before" "$(current)"
  put "$run/switched" yes
  step switch
  point "$1" && [ "$(current)" = "$1" ] || end SWITCH_FAILED "$root/current cannot be switched."
}
export RELEASE_KEY="$key" RELEASE_OPERATION="$operation" RELEASE_NAME="$release" RELEASE_VERSION="$label"
export RELEASE_DIRECTORY="$version" RELEASE_CURRENT="$root/current" RELEASE_PREVIOUS=
[ ! -e "$root/current" ] || [ -L "$root/current" ] || end NOT_OURS "$root/current is no symbolic link."
take
here=$(current) before= known=no
[ -z "$here" ] || RELEASE_PREVIOUS="$root/$here"
if [ -e "$state/before/$id" ]; then known=yes; read -r before < "$state/before/$id"; fi
`;

const commandStep = (step: string, command: readonly string[] | undefined, code: string, otherwise = ''): string =>
  command === undefined
    ? ''
    : `step ${step}
run_command ${words(command)}
if [ "$code" -ne 0 ]; then ${otherwise}end ${code} "The command ended with $code."; fi
`;

const install = ({ artifacts, package: binding }: Order): string => `
dir=$version bad=
[ -d "$dir" ] || dir=$state/incoming/$id
step check
${artifacts.map(({ sha256, name }) => `check ${sha256} ${quote(name)}`).join('\n')}
mv -f "$run/sums.part" "$run/sums"
[ -z "$bad" ] || end DIGEST_MISMATCH "$bad"
[ "$dir" = "$version" ] || mv "$dir" "$version" || end WRITE_FAILED "$version cannot be written."
cd "$version" || end WRITE_FAILED "$version cannot be entered."
${commandStep('install', binding.install, 'INSTALL_FAILED')}
[ "$here" = "releases/$id" ] || put "$state/before/$id" "$here"
rm -f "$state/before/$id.undo"
switch_to "releases/$id"
${commandStep('activate', binding.activate, 'ACTIVATE_FAILED', 'point "$here"; ')}
end OK 'The version is current.'
`;

// What is under way stays written down until its command has succeeded, so that a retry runs the command again.
const undo = ({ package: binding }: Order): string => `
if [ "$here" != "releases/$id" ]; then
  [ "$known" = yes ] || end OK 'The version was never current here.'
  [ "$here" = "$before" ] || end SUPERSEDED "Another version is current: $here."
  [ -e "$state/before/$id.undo" ] || end OK 'The version before is current already.'
fi
[ "$known" = yes ] || end NO_PREVIOUS 'Nobody knows which version was current before.'
[ -z "$before" ] || [ -d "$root/$before" ] || end NO_PREVIOUS "The version before is gone: $before."
put "$state/before/$id.undo" begun
switch_to "$before"
RELEASE_DIRECTORY="$root/$before"
cd "$root/$before" || end WRITE_FAILED "$root/$before cannot be entered."
${commandStep('undo', binding.undo, 'UNDO_FAILED')}
rm -f "$state/before/$id.undo"
end OK 'The version before is current.'
`;

const remove = ({ package: binding }: Order): string => `
if [ -d "$version" ]; then
  cd "$version" || end WRITE_FAILED "$version cannot be entered."
  ${commandStep('remove', binding.remove, 'REMOVE_FAILED')}
  cd /
fi
if [ "$here" = "releases/$id" ]; then
  [ -n "$before" ] && [ -d "$root/$before" ] || before=
  switch_to "$before"
fi
step delete
rm -rf "$version" "$state/incoming/$id" "$state/before/$id" "$state/before/$id.undo"
[ ! -e "$version" ] || end WRITE_FAILED "$version cannot be deleted."
end OK 'The version is gone.'
`;

const commit = (): string => `
[ "$here" = "releases/$id" ] || end NOT_CURRENT "Another version is current: \${here:-none}."
step delete
for other in "$root/releases"/*; do
  [ "$other" = "$version" ] || rm -rf "$other"
done
rm -f "$state/before"/*
end OK 'The versions before are gone.'
`;

const BODIES: Readonly<Record<string, (order: Order) => string>> = { install, undo, remove, commit };

/** The job of an order, for one host. */
export function jobScript({ order, target }: Place, common: string): string {
  const { key, versionId, operation, release, variables } = order;
  const values = { root: target.root, key, id: versionId, operation, release: release.name, label: release.version };
  // Only the commands of the package see the variables; the job itself must not depend on them.
  const variablesOf = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const setVariables = `set_variables() {\n${[...variablesOf, ':'].join('\n')}\n}\n`;
  return assignments(values) + common + setVariables + BEGIN + (BODIES[operation]?.(order) ?? '');
}
