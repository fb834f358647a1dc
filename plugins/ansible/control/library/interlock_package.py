"""Puts a package in use on a host, and takes it out of use, in steps that a power cut cannot leave half done.

  <directory>/packages/<digest of the package>/<file>   each version as it was delivered
  <directory>/packages/<digest>.before -> <digest>      what was in use before it, where an undo returns to
  <directory>/current -> packages/<digest>              what is in use
"""
from __future__ import annotations

import hashlib
import os
import shutil

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: interlock_package
short_description: versioned folders, an atomic switch, digests read back
options:
  operation: {type: str, required: true, choices: [install, remove, verify, undo]}
  directory: {type: str, required: true}
  package: {type: str, required: true, description: Digest of the whole package.}
  artifacts: {type: list, elements: dict, required: true, description: name and sha256 of each file.}
  source: {type: str, description: Folder with the files to install, each named by its sha256 or its name.}
  keep_source: {type: bool, default: false}
"""


class Mismatch(Exception):
    """What is there is not what was asked for."""


def digest_of(path):
    found = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            found.update(chunk)
    return found.hexdigest()


class Package:
    def __init__(self, module):
        self.module = module
        self.check = module.check_mode
        params = module.params
        self.directory = params["directory"]
        self.id = params["package"]
        self.artifacts = params["artifacts"]
        self.source = params["source"]
        self.home = os.path.join(self.directory, "packages", self.id)
        self.current = os.path.join(self.directory, "current")
        self.before = f"{self.home}.before"

    @staticmethod
    def version(link):
        return os.path.basename(os.readlink(link)) if os.path.islink(link) else None

    def point(self, link, to):
        """Points a link somewhere in one step: a rename replaces it, and nobody sees it missing."""
        if self.check or (os.path.islink(link) and os.readlink(link) == to):
            return
        fresh = f"{link}.{os.getpid()}"
        os.symlink(to, fresh)
        os.replace(fresh, link)

    def use(self, version):
        self.point(self.current, os.path.join("packages", version))

    def drop(self, path):
        if not os.path.lexists(path):
            return False
        if not self.check:
            if os.path.islink(path):
                os.unlink(path)
            else:
                shutil.rmtree(path)
        return True

    def digests(self, folder):
        """Digests of all files, read from the disk of this host."""
        found = []
        for artifact in self.artifacts:
            path = os.path.join(folder, artifact["name"])
            if not os.path.isfile(path):
                raise Mismatch(f"{artifact['name']} is missing in {folder}")
            actual = digest_of(path)
            if actual != artifact["sha256"]:
                raise Mismatch(f"{artifact['name']} in {folder} has the SHA-256 {actual}, not {artifact['sha256']}")
            found.append(actual)
        return found

    def is_whole(self):
        try:
            self.digests(self.home)
        except Mismatch:
            return False
        return True

    def unpack(self):
        fresh = os.path.join(self.directory, "packages", f".{self.id}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        os.makedirs(fresh)
        try:
            for artifact in self.artifacts:
                found = [os.path.join(self.source, artifact[key]) for key in ("sha256", "name")]
                found = [path for path in found if os.path.isfile(path)]
                if not found:
                    raise Mismatch(f"{artifact['name']} is not in {self.source}")
                shutil.copyfile(found[0], os.path.join(fresh, artifact["name"]))
            self.digests(fresh)
            if os.path.lexists(self.home):
                shutil.rmtree(self.home)
            os.replace(fresh, self.home)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def install(self):
        there = self.is_whole()
        if self.check:
            return not there or self.version(self.current) != self.id, []
        if not there:
            self.unpack()
        present = self.version(self.current)
        if present is not None and present != self.id:
            self.point(self.before, present)
        self.use(self.id)
        if not self.module.params["keep_source"]:
            shutil.rmtree(self.source, ignore_errors=True)
        return present != self.id or not there, self.digests(self.current)

    def verify(self):
        if self.version(self.current) != self.id:
            raise Mismatch(f"{self.current} is {self.version(self.current) or 'missing'}, not {self.id}")
        return False, self.digests(self.current)

    def remove(self):
        changed = self.version(self.current) == self.id and self.drop(self.current)
        return any([changed, self.drop(self.before), self.drop(self.home)]), []

    def undo(self):
        """Returns to what was there before this package; nothing to do where the package is not in use."""
        if self.version(self.current) != self.id:
            return False, []
        before = self.version(self.before)
        if before is None:
            return self.drop(self.current), []
        if not os.path.isdir(os.path.join(self.directory, "packages", before)):
            raise Mismatch(f"{before}, which was in use before, is no longer there")
        self.use(before)
        self.drop(self.before)
        return True, []


def main():
    module = AnsibleModule(
        argument_spec={
            "operation": {"type": "str", "required": True, "choices": ["install", "remove", "verify", "undo"]},
            "directory": {"type": "str", "required": True},
            "package": {"type": "str", "required": True},
            "artifacts": {"type": "list", "elements": "dict", "required": True},
            "source": {"type": "str"},
            "keep_source": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    package = Package(module)
    try:
        changed, digests = getattr(package, module.params["operation"])()
    except Mismatch as problem:
        module.fail_json(msg=str(problem), interlock_code="DIGEST_MISMATCH")
    except OSError as problem:
        module.fail_json(msg=str(problem), interlock_code="FILE_SYSTEM")
    module.exit_json(changed=changed, digests=digests)


main()
