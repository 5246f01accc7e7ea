# SPDX-License-Identifier: Apache-2.0
"""What docs/howto-change-a-handler.md tells the reader to do is done, and has to print what it shows.

With UPDATE_DOCS=1 in the environment the shown output is rewritten instead."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program import PROGRAM, SOURCE

HOWTO = SOURCE / "docs/howto-change-a-handler.md"
BLOCK = re.compile(r"```(console|diff|yaml)\n(.*?)```\n", re.S)


class Reader:
    """Somebody who follows the document in a directory of their own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        shutil.copytree(SOURCE / "hcall", self.folder / "hcall")  # what is edited must be no link
        for name in ("scenarios", "tools"):
            (self.folder / name).symlink_to(SOURCE / name)
        (self.folder / "tcesim").symlink_to(PROGRAM)
        self.environment = {**os.environ, "TCESIM_BUILD": str(pathlib.Path(PROGRAM).resolve().parents[2])}

    def type(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=300)
        return done.stdout

    def edit(self, diff):
        """Applies a diff that names places by their text alone."""
        lines = diff.splitlines()
        path = self.folder / lines[1].removeprefix("+++ ")
        old = "".join(line[1:] + "\n" for line in lines[3:] if line[0] != "+")
        new = "".join(line[1:] + "\n" for line in lines[3:] if line[0] != "-")
        text = path.read_text()
        if text.count(old) != 1:
            raise AssertionError(f"{HOWTO.name}: the edit of {path.name} fits {text.count(old)} places; renew its text")
        path.write_text(text.replace(old, new))


def commands(block):
    """[(command, what it prints)]"""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


class Howto(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="howto.")
        self.addCleanup(shutil.rmtree, folder)
        self.reader = Reader(folder)

    def test_the_reader_sees_what_the_document_shows(self):
        text, typed = HOWTO.read_text(), []

        def follow(match):
            kind, block = match.groups()
            if kind == "diff":
                self.reader.edit(block)
            elif kind == "yaml":
                name = re.search(r"`([\w-]+\.yaml)`:\n\n```yaml\n" + re.escape(block), text)[1]
                (self.reader.folder / name).write_text(block)
            else:
                block = ""
                for command, expected in commands(match[2]):
                    printed = self.reader.type(command)
                    typed.append((command, printed, expected))
                    block += f"$ {command}\n{printed}"
            return f"```{kind}\n{block}```\n"

        seen = BLOCK.sub(follow, text)
        if os.environ.get("UPDATE_DOCS"):
            HOWTO.write_text(seen)
            return
        for command, printed, expected in typed:
            with self.subTest(command=command):
                self.assertEqual(printed, expected)


if __name__ == "__main__":
    unittest.main()
