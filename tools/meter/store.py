# SPDX-License-Identifier: Apache-2.0
"""Results kept by what they were made of: content only, so that copies of a directory share them."""
import functools
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from errors import BuildError

START = time.time_ns()
SHELF_SIZE = 32  # results of one kind; the longest unused goes first


class Store:
    """Directory of shelves, one for each thing to be made; entries are never changed."""

    def __init__(self, root):
        self.root = root

    def fetch(self, shelf, ingredients, source, make):
        """Folder of what make(folder) wrote, now or earlier.

        `ingredients` is anything that JSON can hold. make() returns the files that went into the result as well,
        relative to `source`; the result serves again wherever files of these names have the same content.
        """
        place = self.root / shelf
        digest = text_hash(json.dumps(ingredients))
        for entry in place.glob("[0-9a-f]*/made_of"):
            made_of = json.loads(entry.read_text())
            if made_of[0] == digest and all(file_hash(source / path) == content for path, content in made_of[1]):
                os.utime(entry.parent)
                return entry.parent
        place.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="new.", dir=place))
        try:
            inputs = make(fresh)
            for path in inputs:
                if (source / path).stat().st_ctime_ns > START:
                    raise BuildError(f"{source / path} changed while it was being compiled; build again")
            return self.keep(fresh, [digest, [[path, file_hash(source / path)] for path in inputs]])
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    @staticmethod
    def keep(fresh, made_of):
        text = json.dumps(made_of)
        entry = fresh.parent / text_hash(text)[:32]
        (fresh / "made_of").write_text(text)
        try:
            fresh.rename(entry)
        except OSError:
            if not entry.is_dir():
                raise
            # Somebody else was faster and made the same.
        used = sorted(fresh.parent.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime_ns)
        for old in used[:-SHELF_SIZE]:
            shutil.rmtree(old, ignore_errors=True)
        return entry


def text_hash(text):
    return hashlib.sha256(text.encode()).hexdigest()


@functools.lru_cache(maxsize=None)
def file_hash(path):
    """Hash of a file, read once; None when there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
