"""What must not show in what a run leaves behind."""
from __future__ import annotations

import json
import os


def secrets_in(folder):
    """The secrets in the files of a folder, and their longer lines, also as JSON shows them, the longest first."""
    found = set()
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            whole = file.read().strip("\n")
        found.add(whole)
        found.update(line for line in whole.splitlines() if len(line) >= 16)
    # Ansible prints results as JSON.
    found.update([json.dumps(text, ensure_ascii=escaped)[1:-1] for text in found for escaped in (True, False)])
    return sorted((text for text in found if len(text) >= 4), key=len, reverse=True)
