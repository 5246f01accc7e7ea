# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in a build of handlers."""


class BuildError(Exception):
    """Something the user has to repair; the message says what."""


class MissingPackages(BuildError):
    """Debian packages that this host lacks."""

    def __init__(self, packages, why):
        super().__init__(f"{' and '.join(packages)} must be installed, {why}: apt-get install {' '.join(packages)}")


class CompileError(BuildError):
    """What the handlers' text is refused for, in a compiler's form: file:line: error: ..."""


def report(program, error):
    """The error as it is printed: a compiler's messages stand for themselves."""
    return str(error) if isinstance(error, CompileError) else f"{program}: {error}"
