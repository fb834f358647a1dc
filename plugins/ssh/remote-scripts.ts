/**
 * The scripts that run on hosts: POSIX sh, with /proc, setsid and sha256sum beside it. Each is sent over standard input
 * and answers with lines of a word and a value; the last one repeats a nonce, which proves that the script came to its
 * end. `remote-job.ts` has the one that outlives its connection.
 */
import type { Order, OrderTarget } from './order.js';
import { jobScript } from './remote-job.js';
import { assignments, quote } from './quote.js';

/** How many bytes of a log one answer brings. */
export const LOG_AT_ONCE = 65_536;

/** What a process of a run carries in its environment, so that a cancel finds it wherever it went. */
export const markOf = (order: Order, target: OrderTarget): string => `${order.key}:${target.root}`;

/** Where the media of an order arrive on a host. */
export const incomingOf = (order: Order, target: OrderTarget): string =>
  `${target.root}/.interlock/incoming/${order.versionId}`;

const COMMON = `
state="$root/.interlock" run="$root/.interlock/runs/$key" version="$root/releases/$id"
say() { printf '%s %s\\n' "$1" "$2"; }
put() { printf '%s\\n' "$2" > "$1.$$" && mv -f "$1.$$" "$1"; }
current() { readlink "$root/current" 2>/dev/null || :; }
point() {
  if [ -z "$1" ]; then rm -f "$root/current"; return; fi
  rm -f "$state/link.$$"
  ln -s "$1" "$state/link.$$" && mv -fT "$state/link.$$" "$root/current"
}
stat_of() {
  { read -r st_line < "/proc/$1/stat"; } 2>/dev/null || return 1
  set -- \${st_line##*) }
  st_state=$1 st_group=$3 st_ticks=\${20}
}
is_alive() {
  { read -r a_pid a_ticks a_boot < "$1/pid"; } 2>/dev/null || return 1
  read -r a_now < /proc/sys/kernel/random/boot_id
  [ "$a_boot" = "$a_now" ] && stat_of "$a_pid" && [ "$st_ticks" = "$a_ticks" ] &&
    [ "$st_state" != Z ] && [ "$st_state" != X ]
}
`;

// The state of a run: none (nobody has begun), starting, running, ended (rc says how), cancelled, lost (nobody knows).
const REPORT = `
run_state() {
  if [ -e "$run/rc" ]; then echo ended
  elif [ -e "$run/cancelled" ]; then echo cancelled
  elif [ ! -d "$run/lock" ]; then echo none
  elif [ ! -e "$run/pid" ]; then
    if [ -n "$(find "$run/lock" -maxdepth 0 -mmin +1)" ]; then echo lost; else echo starting; fi
  elif is_alive "$run"; then echo running
  elif [ -e "$run/rc" ]; then echo ended
  elif [ -e "$run/cancelled" ]; then echo cancelled
  else echo lost
  fi
}
wait_for_news() {
  n=0
  while [ "$n" -lt "$ticks" ]; do
    case $(run_state) in running | starting) ;; *) return ;; esac
    [ "$(cat "$run/step" 2>/dev/null)" = "$seen" ] || return 0
    sleep 0.2 2>/dev/null || sleep 1
    n=$((n + 1))
  done
}
report() {
  say state "$(run_state)"
  [ ! -e "$run/step" ] || say step "$(cat "$run/step")"
  [ ! -e "$run/rc" ] || say rc "$(cat "$run/rc")"
  [ ! -e "$run/sums" ] || sed 's/^/sum /' "$run/sums"
  say current "$(current)"
  if [ -d "$version" ]; then say version there; fi
  size=0
  [ ! -e "$run/log" ] || size=$(($(wc -c < "$run/log") - offset))
  [ "$size" -gt 0 ] || size=0
  [ "$size" -le ${LOG_AT_ONCE} ] || size=${LOG_AT_ONCE}
  say log "$size"
  [ "$size" -eq 0 ] || tail -c "+$((offset + 1))" "$run/log" | head -c "$size"
}
`;

const CANCEL = `
members() {
  if is_alive "$run"; then
    group=$a_pid
    for s in /proc/[0-9]*/stat; do
      p=\${s#/proc/} p=\${p%/stat}
      if stat_of "$p" && [ "$st_group" = "$group" ] && [ "$st_state" != Z ]; then echo "$p"; fi
    done
  fi
  grep -lzxF "RELEASE_RUN=$mark" /proc/[0-9]*/environ 2>/dev/null | sed 's|/proc/||; s|/environ||'
}
cancel() {
  mkdir -p "$run"
  ! mkdir "$run/lock" 2>/dev/null || put "$run/cancelled" 'before it began'
  n=0
  while pids=$(members) && [ -n "$pids" ]; do
    [ "$n" -lt $((grace + 25)) ] || return 0
    if [ "$n" -lt "$grace" ]; then kill -TERM $pids 2>/dev/null; else kill -KILL $pids 2>/dev/null; fi
    sleep 0.2 2>/dev/null || sleep 1
    n=$((n + 1))
  done
  case $(run_state) in running | starting | ended | cancelled) return 0 ;; esac
  if [ -e "$run/switched" ]; then point "$(cat "$run/before")"; fi
  [ "$(readlink "$state/busy" 2>/dev/null)" != "$key" ] || rm -f "$state/busy"
  put "$run/cancelled" "$(cat "$run/step" 2>/dev/null)"
}
`;

/** What a script is about. */
export interface Place {
  readonly order: Order;
  readonly target: OrderTarget;
  /** Repeated by the last line of the answer. */
  readonly nonce: string;
}

/** How much of a run is known already, so that only news is sent. */
export interface Known {
  /** Bytes of the log. */
  readonly offset: number;
  readonly step: string;
  /** How long to wait for news, in fifths of a second. */
  readonly ticks: number;
}

// The body is a function that is complete before it begins, so that nothing in it can read the rest of the script.
function script({ order, target, nonce }: Place, values: Record<string, string>, parts: string, body: string): string {
  const basic = { root: target.root, key: order.key, id: order.versionId, mark: markOf(order, target), nonce };
  const main = `main() {\nprintf 'begin %s\\n' "$nonce"\n${body}\nprintf '\\nend %s\\n' "$nonce"\n}\nmain </dev/null\n`;
  return assignments({ ...basic, ...values }) + COMMON + parts + main;
}

const knownValues = ({ offset, step, ticks }: Known) => ({ offset: String(offset), seen: step, ticks: String(ticks) });

/** Makes the folders, and reports a run that there may be already. Removes what is left of runs after a month. */
export const prepareScript = (place: Place, known: Known): string =>
  script(
    place,
    knownValues(known),
    REPORT,
    `umask 022
if mkdir -p "$root/releases" "$state/runs" "$state/incoming" "$state/before" 2>/dev/null && [ -w "$state/runs" ]; then
  find "$state/runs" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} + 2>/dev/null
  ticks=0 wait_for_news
else
  say problem "There is no writing below $root."
fi
report`,
  );

/** Starts the job, which takes the lock of its run or ends at once, and waits for news. */
export const startScript = (place: Place, known: Known, secrets: string): string =>
  script(
    place,
    { ...knownValues(known), secrets, job: jobScript(place, COMMON) },
    REPORT,
    `umask 022
if mkdir -p "$run" && printf '%s' "$job" > "$run/job.$nonce"; then
  { printf '%s' "$secrets" | RELEASE_RUN="$mark" setsid sh "$run/job.$nonce" >/dev/null 2>&1; } &
  n=0
  while [ ! -d "$run/lock" ] && [ "$n" -lt 25 ]; do sleep 0.2 2>/dev/null || sleep 1; n=$((n + 1)); done
  wait_for_news
else
  say problem "The run cannot be written below $root."
fi
report`,
  );

/** Waits for news of a run, and reports it. Changes nothing. */
export const pollScript = (place: Place, known: Known): string =>
  script(place, knownValues(known), REPORT, 'wait_for_news\nreport');

/**
 * Ends a run: takes its lock when nobody has it, ends what carries its mark, and says `cancelled` only when nothing of
 * it is left. What had been switched is switched back.
 */
export const cancelScript = (place: Place, known: Known): string =>
  script(
    place,
    { ...knownValues(known), grace: String(place.order.cancelSeconds * 5) },
    REPORT + CANCEL,
    'umask 022\ncancel\nreport',
  );

/** Reads the digests of the version and where `current` points to. Changes nothing. */
export const verifyScript = (place: Place): string =>
  script(
    place,
    {},
    '',
    `say current "$(current)"
if [ -d "$version" ]; then say version there; fi
${place.order.artifacts
  .map(
    ({ name }) =>
      `name=${quote(name)}\n` +
      `if d=$(sha256sum < "$version/$name") 2>/dev/null; then printf 'sum %s  %s\\n' "\${d%% *}" "$name"; fi`,
  )
  .join('\n')}`,
  );

/** Looks whether this host can take the order. Changes nothing. */
export const checkScript = (place: Place): string =>
  script(
    place,
    {},
    '',
    `for tool in setsid sha256sum find readlink sed tail head wc grep df rsync; do
  command -v "$tool" >/dev/null 2>&1 || say lacks "$tool"
done
[ -r /proc/self/stat ] || say lacks /proc
d=$root
while [ ! -e "$d" ]; do d=\${d%/*}; [ -n "$d" ] || d=/; done
if [ -d "$d" ] && [ -w "$d" ]; then say writable yes; else say writable no; fi
say free "$(df -Pk "$d" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })"
if [ -e "$root/current" ] && [ ! -L "$root/current" ]; then say foreign current; fi
if [ -d "$version" ]; then say version there; fi
say current "$(current)"`,
  );
