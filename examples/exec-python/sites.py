#!/usr/bin/env python3
"""A deployment tool for Interlock in Python: publishes static sites, with nothing but the standard library.

Each target is a site: a folder below SITES_ROOT with one folder per version and a link `current` to the one that is
served. A version is complete, and its digests are right, before the link moves to it in one step.

The server starts this program for every call. It reads one JSON value from standard input and writes one to standard
output; plugins/exec/README.md describes them.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
BLOCK = 1 << 16

DESCRIPTION = {
    "capabilities": {
        "submit": "idempotent",
        "targetStatus": "final",
        "retryTargets": True,
        "operations": ["install", "verify"],
        "artifacts": ["by-reference"],
        "verifiesDigest": True,
    },
    "targetSchema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["site"],
        "properties": {"site": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}},
    },
    "packageSchema": {"type": "object", "additionalProperties": False},
    "parametersSchema": {"type": "object", "additionalProperties": False},
}


class Refusal(Exception):
    """An answer of the protocol: one of its codes, and a message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Trouble(Exception):
    """What went wrong on one target. The other targets go on."""

    def __init__(self, code, message, retryable):
        super().__init__(message)
        self.code = code
        self.retryable = retryable


def sites_root():
    root = Path(os.environ.get("SITES_ROOT", ""))
    if not root.is_absolute() or not root.is_dir():
        raise Refusal("UNAVAILABLE", "SITES_ROOT is not the absolute path of a folder.")
    return root


def version_of(artifacts):
    """The name of a version: the digest of the whole package, as the server computes it."""
    digests = sorted(artifact["sha256"] for artifact in artifacts)
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()


def digest_of(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fetch(artifact, place):
    """Copies one file of the package to a place. The server gives a path on this machine, or an address and a token."""
    request = urllib.request.Request(artifact["uri"])
    if artifact["uri"].startswith("http"):
        request.add_header("Authorization", f"Bearer {os.environ.get('MEDIA_TOKEN', '')}")
    try:
        with urllib.request.urlopen(request, timeout=20) as source, place.open("wb") as target:
            while block := source.read(BLOCK):
                target.write(block)
    except OSError as error:
        raise Trouble("FETCH", f"{artifact['name']} cannot be fetched: {error}", True) from error
    if digest_of(place) != artifact["sha256"]:
        raise Trouble("DIGEST", f"{artifact['name']} has another digest than the library says.", False)


def install(site, artifacts):
    version = site / "versions" / version_of(artifacts)
    if not version.is_dir():
        version.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=version.parent, prefix=".new-") as folder:
            staged = Path(folder) / "site"
            staged.mkdir()
            for artifact in artifacts:
                fetch(artifact, staged / artifact["name"])
            try:
                staged.rename(version)
            except OSError:
                if not version.is_dir():  # not another call that was faster
                    raise
    link = site / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / version.name)
    try:
        link.replace(site / "current")
    except OSError:
        link.unlink()
        raise
    verify(site, artifacts)


def verify(site, artifacts):
    """Reads back what is served now."""
    for artifact in artifacts:
        served = site / "current" / artifact["name"]
        if not served.is_file() or digest_of(served) != artifact["sha256"]:
            raise Trouble("DIFFERENT", f"The site does not serve {artifact['name']} of this package.", True)


def report(request, target, root):
    at = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    answer = {"ciId": target["ciId"], "at": at, "attempt": 1}
    if request["dryRun"]:
        return {**answer, "state": "skipped", "nativeStatus": "rehearsed"}
    artifacts = request["package"]["artifacts"]
    perform = install if request["operation"] == "install" else verify
    try:
        perform(root / target["binding"]["site"], artifacts)
    except (Trouble, OSError) as error:
        code = getattr(error, "code", "SYSTEM")
        reason = {"code": code, "message": str(error), "retryable": getattr(error, "retryable", True)}
        return {**answer, "state": "failed", "nativeStatus": "failed", "reason": reason}
    done = {**answer, "state": "succeeded", "nativeStatus": "served"}
    return {**done, "verifiedSha256": version_of(artifacts)} if artifacts else done


def run_file(work_dir, key):
    return Path(work_dir) / "runs" / f"{key}.json"


def read_run(work_dir, key):
    try:
        return json.loads(run_file(work_dir, key).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def submit(work_dir, request):
    """Does the work, and then stores the run in one step. A call that dies before has no run, and is repeated."""
    root = sites_root()
    names = [artifact["name"] for artifact in request["package"]["artifacts"]]
    if not all(FILE_NAME.fullmatch(name) for name in names) or len(set(names)) < len(names):
        raise Refusal("INVALID_ARGUMENT", "Each file of the package needs a plain name of its own.")
    run = read_run(work_dir, request["key"])
    if run is None:
        targets = [report(request, target, root) for target in request["targets"]]
        run = {"fingerprint": request["fingerprint"], "targets": targets}
        file = run_file(work_dir, request["key"])
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=work_dir, encoding="utf-8") as staged:
            json.dump(run, staged)
            staged.flush()
            try:
                os.link(staged.name, file)
            except FileExistsError:
                run = read_run(work_dir, request["key"])
    if run["fingerprint"] != request["fingerprint"]:
        raise Refusal("ALREADY_EXISTS", "The key belongs to another request.")
    return {"native": {}}


def observe(work_dir, key):
    sites_root()
    run = read_run(work_dir, key)
    if run is None:
        raise Refusal("NOT_FOUND", "There is no such run.")
    failed = any(target["state"] == "failed" for target in run["targets"])
    return {
        "run": {"phase": "finished", "outcome": "failure" if failed else "success"},
        "targets": run["targets"],
        "cursor": str(len(run["targets"])),
        "complete": True,
    }


def probe():
    try:
        return {"status": "ready", "detail": str(sites_root()), "toolVersion": sys.version.split()[0]}
    except Refusal as refusal:
        return {"status": "broken", "detail": str(refusal)}


def find(work_dir, key):
    sites_root()
    return None if read_run(work_dir, key) is None else {"native": {}}


def answer_to(call):
    method, work_dir, params = call["method"], call["workDir"], call.get("params", {})
    if method == "describe":
        return DESCRIPTION
    if method == "probe":
        return probe()
    if method == "submit":
        return submit(work_dir, params["request"])
    if method == "find":
        return find(work_dir, params["key"])
    if method == "observe":
        return observe(work_dir, params["key"])
    raise Refusal("UNIMPLEMENTED", f"This program has no {method}.")


def main():
    try:
        reply = {"result": answer_to(json.load(sys.stdin))}
    except Refusal as refusal:
        reply = {"error": {"code": refusal.code, "message": str(refusal)}}
    json.dump(reply, sys.stdout)


if __name__ == "__main__":
    main()
