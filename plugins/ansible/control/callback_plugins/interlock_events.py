"""Writes what happens in a playbook as JSON lines, one per event, for the adapter to read.

Why a callback of our own: Ansible's exit code does not tell which host failed, `failures: 0` does not prove that a host
reached the end, and the JSON callback of ansible-core writes only when everything is over.
"""
from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timezone

from ansible.plugins.callback import CallbackBase
from ansible.template import Templar

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from interlock_redaction import secrets_in  # noqa: E402

DOCUMENTATION = """
    name: interlock_events
    type: aggregate
    short_description: JSON lines for Interlock
    description: One line per event, written at once; an end marker per host.
    requirements: []
"""

MAX_TEXT = 1000
LEFT_THE_TARGETS = 97


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "interlock_events"
    CALLBACK_NEEDS_ENABLED = True
    CALLBACK_NEEDS_WHITELIST = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        env = os.environ
        self._file = os.open(env["INTERLOCK_EVENTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(env["INTERLOCK_HOSTS"], encoding="utf-8") as hosts:
            self._allowed = set(json.load(hosts))
        self._secrets = secrets_in(env["INTERLOCK_SECRETS"])
        self._play = None

    def _text(self, value):
        text = str(value)
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        text = "".join(char if char >= " " or char in "\n\t" else " " for char in text)
        return text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")

    def _write(self, ev, **fields):
        at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        # One write per line, so that lines of several processes do not mix and a reader sees whole ones.
        os.write(self._file, (json.dumps({"at": at, "ev": ev, **fields}) + "\n").encode())

    def _guard(self, names, task):
        """Ends everything before a host is touched that nobody asked for. Raising would only print a warning."""
        foreign = sorted(name for name in names if name not in self._allowed)
        if foreign:
            self._write("foreign", hosts=[self._text(name) for name in foreign], task=self._text(task))
            sys.stdout.flush()
            os._exit(LEFT_THE_TARGETS)

    def _delegate(self, host, task):
        """Where a delegated task will run, or None. What cannot be known in advance counts as a foreign host."""
        to = task.delegate_to
        if to is None:
            return None
        if "{{" not in str(to) and "{%" not in str(to):
            return str(to)
        try:
            variables = self._play.get_variable_manager().get_vars(play=self._play, host=host, task=task)
            return str(Templar(loader=task.get_loader(), variables=variables).template(to))
        except Exception:  # pylint: disable=broad-except
            return str(to)

    def v2_playbook_on_start(self, playbook):
        self._write("begin")

    def v2_playbook_on_play_start(self, play):
        self._play = play
        self._write("play", name=self._text(play.get_name()))

    def v2_runner_on_start(self, host, task):
        self._guard([host.get_name()], task.get_name())
        to = self._delegate(host, task)
        if to is not None:
            self._guard([to], task.get_name())
        self._write("start", host=host.get_name(), task=self._text(task.get_name()))

    def _result(self, ev, result, **fields):
        self._write(ev, host=result._host.get_name(), task=self._text(result._task.get_name()), **fields)

    def v2_runner_on_ok(self, result):
        self._result("ok", result, changed=bool(result._result.get("changed")))
        for item in result._result.get("results") or [result._result]:
            stats = item.get("ansible_stats") if isinstance(item, dict) else None
            data = stats.get("data") if isinstance(stats, dict) and stats.get("per_host") else None
            if isinstance(data, dict) and "interlock_end" in data:
                digests = data.get("interlock_digests")
                self._result(
                    "end",
                    result,
                    key=str(data["interlock_end"]),
                    digests=[str(digest)[:64] for digest in digests] if isinstance(digests, list) else [],
                )

    def v2_runner_on_failed(self, result, ignore_errors=False):
        found = result._result
        said = first_of(found, "failed")
        parts = [said.get("msg"), said.get("module_stderr") or said.get("stderr"), said.get("censored")]
        code = said.get("interlock_code")
        self._result(
            "failed",
            result,
            msg=self._text("; ".join(str(part).strip() for part in parts if part)),
            ignored=bool(ignore_errors),
            **({"rc": said["rc"]} if isinstance(said.get("rc"), int) else {}),
            **({"code": self._text(code)} if code else {}),
        )

    def v2_runner_on_unreachable(self, result):
        ignored = bool(getattr(result._task, "ignore_unreachable", False))
        said = first_of(result._result, "unreachable")
        self._result("unreachable", result, msg=self._text(said.get("msg", "")), ignored=ignored)

    def v2_runner_on_skipped(self, result):
        self._result("skipped", result)

    def v2_playbook_on_stats(self, stats):
        for host in sorted(stats.processed):
            self._write("stats", host=host, **stats.summarize(host))
        self._write("finish")


def first_of(result, flag):
    """The first item of a loop for which a flag is set, or the result itself: a loop only says that it is over."""
    items = [item for item in result.get("results") or [] if isinstance(item, dict) and item.get(flag)]
    return items[0] if items else result
