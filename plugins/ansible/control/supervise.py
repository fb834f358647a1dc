"""Runs the playbook of one run to its end, apart from the server: `supervise.py <run folder>`.

Any number of supervisors may be started for one run. The first one claims it; the others leave at once. What happens is
in files, so that any server process can read it, also after a crash:

  claim.json    who claimed it: pid, start ticks and boot id
  events.jsonl  what happened, one line each (batches here, tasks in callback_plugins/interlock_events.py)
  output.log    what Ansible printed, without secrets
  cancel.json   written by the server: {"mode": "stop" | "abort"}
  end.json      appears once, at the very end, when no process and no secret of the run is left
"""
from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timezone

from interlock_redaction import secrets_in

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LOOK_SECONDS = 0.05
SOFT_SECONDS = 2.0

run = os.path.abspath(sys.argv[1])
interrupted = threading.Event()


def at(name):
    return os.path.join(run, name)


def place(name, content):
    """Writes a file that appears whole and only once. False if it is there already."""
    staged = at(f".{name}.{os.getpid()}")
    with open(staged, "w", encoding="utf-8", opener=private) as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(staged, at(name))
        return True
    except FileExistsError:
        return False
    finally:
        os.unlink(staged)


def private(path, flags):
    return os.open(path, flags, 0o600)


def stat_of(pid):
    """State, parent and start ticks of a process; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], int(fields[1]), fields[19]
    except (OSError, IndexError, ValueError):
        return None


def identity():
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            boot = file.read().strip()
    except OSError:
        boot = ""
    found = stat_of(os.getpid())
    return {"pid": os.getpid(), "startTicks": found[2] if found else "", "bootId": boot}


def prctl(option, value):
    try:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
    except (OSError, AttributeError):
        pass  # not Linux: what outlives this process is then not ended with it


def descendants():
    """Every process below this one. As a subreaper it also inherits what detached itself, as shared connections do."""
    parents = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        found = stat_of(name) if name.isdigit() else None
        if found and found[0] not in "ZX":
            parents.setdefault(found[1], []).append(int(name))
    found, look = [], [os.getpid()]
    while look:
        children = parents.get(look.pop(), [])
        found += children
        look += children
    return found


def kill(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end_all(child, soft):
    """Leaves no process behind: asks first where `soft`, then ends whatever is left."""
    if soft:
        kill(descendants(), signal.SIGTERM)
        limit = time.monotonic() + SOFT_SECONDS
        while time.monotonic() < limit and child.poll() is None:
            time.sleep(LOOK_SECONDS)
    while True:
        left = descendants()
        if not left:
            break
        kill(left, signal.SIGKILL)
        child.poll()
        time.sleep(LOOK_SECONDS / 5)
    child.wait()


def redacted(line, secrets):
    for secret in secrets:
        line = line.replace(secret, b"[redacted]")
    return line


class Run:
    def __init__(self, order, secrets, sockets):
        self.order = order
        self.secrets = secrets
        self.sockets = sockets
        self.batches = []

    def event(self, ev, **fields):
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        with open(at("events.jsonl"), "ab", opener=private) as file:
            file.write((json.dumps({"at": now, "ev": ev, **fields}) + "\n").encode())

    def stop(self):
        """Why nothing new may begin, and whether what is under way has to end as well."""
        try:
            with open(at("cancel.json"), encoding="utf-8") as file:
                return "cancelled", json.load(file)["mode"] == "abort"
        except FileNotFoundError:
            pass
        if interrupted.is_set():
            return "interrupted", True
        if time.time() >= self.order["deadline"]:
            return "expired", True
        return None, False

    def is_enough(self):
        """Whether so many targets have failed that no further batch may begin."""
        limit = self.order["stopAfterFailures"]
        return limit is not None and bool(self.batches) and self.failures() >= limit

    def failures(self):
        """Targets of finished batches that have no valid end. The same rule as in the adapter, without its reasons."""
        good = set()
        with open(at("events.jsonl"), "rb") as file:
            events = [json.loads(line) for line in file if line.endswith(b"\n")]
        ended = {event["host"] for event in events if event["ev"] == "end" and event["key"] == self.order["key"]}
        for event in events:
            if event["ev"] == "stats" and event["host"] in ended and not event["failures"] and not event["unreachable"]:
                good.add(event["host"])
        return sum(1 for batch in self.batches for host in batch["hosts"] if host not in good)

    def play(self, number, hosts):
        """One ansible-playbook for some of the targets."""
        place(f"hosts-{number}.json", hosts + self.order["alsoAllowed"])
        env = {
            **os.environ,
            **self.order["env"],
            "ANSIBLE_SSH_CONTROL_PATH_DIR": self.sockets,
            "INTERLOCK_EVENTS": at("events.jsonl"),
            "INTERLOCK_HOSTS": at(f"hosts-{number}.json"),
            "INTERLOCK_SECRETS": at("secrets"),
        }
        self.event("batch", hosts=hosts)
        command = [self.order["program"], "-i", f"inventory-{number}.yml", *self.order["arguments"]]
        batch = {"hosts": hosts, "rc": None, "played": False, "why": None}
        try:
            child = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                command,
                cwd=run,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        except OSError as error:
            with open(at("output.log"), "ab", opener=private) as log:
                log.write(f"ERROR! {command[0]} cannot be started: {error.strerror}\n".encode())
            batch["rc"] = 127
        else:
            copy = threading.Thread(target=self.copy, args=(child, batch), daemon=True)
            copy.start()
            while child.poll() is None:
                why, at_once = self.stop()
                if at_once:
                    batch["why"] = why
                    end_all(child, soft=True)
                else:
                    time.sleep(LOOK_SECONDS)
            end_all(child, soft=False)
            copy.join(5)
            batch["rc"] = child.returncode
        self.batches.append(batch)
        self.event("exit", **batch)

    def copy(self, child, batch):
        with open(at("output.log"), "ab", opener=private) as log:
            for line in child.stdout:
                batch["played"] = batch["played"] or line.startswith(b"PLAY [")
                log.write(redacted(line, self.secrets))
                log.flush()

    def all(self):
        for number, hosts in enumerate(self.order["batches"]):
            why, _ = self.stop()
            if why is None and self.is_enough():
                why = "stopped"
            if why is not None:
                left = [host for batch in self.order["batches"][number:] for host in batch]
                self.event("stop", why=why, hosts=left)
                return why
            self.play(number, hosts)
        return self.batches[-1]["why"]


def detach():
    """Leaves whoever started this. The first process stays until the second has claimed the run, or has not."""
    reader, writer = os.pipe()
    if os.fork() > 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    os.setsid()
    return writer


def main():
    told = detach()
    claimed = place("claim.json", identity())
    os.close(told)
    if not claimed:
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: interrupted.set())
    prctl(PR_SET_CHILD_SUBREAPER, 1)

    with open(at("order.json"), encoding="utf-8") as file:
        order = json.load(file)
    secrets = [secret.encode() for secret in secrets_in(at("secrets"))]
    # A path of a socket has at most 108 bytes, so it cannot stand in the folder of the run. A link there leads to it:
    # somebody else removes it when this process is killed.
    sockets = tempfile.mkdtemp(prefix="il-")
    os.symlink(sockets, at("sockets"))
    work = Run(order, secrets, sockets)
    why = "failed"
    try:
        why = work.all()
    finally:
        for folder in (sockets, at("secrets"), at("media"), at("tmp"), at("home")):
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.unlink(at("sockets"))
        place("end.json", {"why": why, "rc": [batch["rc"] for batch in work.batches]})


main()
