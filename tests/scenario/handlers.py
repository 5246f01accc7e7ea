# SPDX-License-Identifier: Apache-2.0
"""Small handlers for the tests of their build, and hosts on which some compilers are not installed."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("TCESIM_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
METER = SOURCE / "tools" / "meter"
sys.path.insert(0, str(METER))

HANDLER = """\
struct pair { long a; long b; };
long port_next(long value);
struct object { long (*work)(struct pair *pair, long n); };
static inline long sum(const struct pair *pair)
{
	return pair->a + pair->b;
}
static long work(struct pair *pair, long n)
{
	long total = 0;

	for (long i = 0; i < n; i++)
		total += port_next(sum(pair));
	pair->b = total;
	__atomic_fetch_add(&pair->a, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return total;
}
__attribute__((visibility("default"))) const struct object hcall_object = {work};
"""
OTHER = "long other(long n);\nlong other(long n)\n{\n\treturn n > 3 ? n * 3 : n;\n}\n"

# Of which one target sees more than the other.
TARGET_DEPENDENT = """\
long other(long n);
long other(long n)
{
#ifdef __powerpc__
	if (n == 7)
		return 8;
#endif
	return n > 3 ? n * 3 : n;
}
"""
# Of which one target goes on elsewhere behind the first call.
OTHER_WAYS = """\
long port_next(long value);
long other(long n);
long other(long n)
{
	if (n & 1) {
		port_next(1);
#ifdef __powerpc__
		goto end;
#endif
	}
	if (n & 2)
		port_next(2);
	goto end;
end:
	return port_next(3);
}
"""
COMPUTED_LABELS = """\
long port_next(long value);
long other(long n);
long other(long n)
{
	static const void *const to[] = {&&a, &&b};

	if (n == 1)
		goto a;
	goto b;
next:
	goto *to[n % 2];
a:
	n += port_next(n);
	goto next;
b:
	n = port_next(n);
	if (n < 9)
		goto next;
	return n;
}
"""
FOREIGN = "int puts(const char *s);\nlong other(long n);\nlong other(long n)\n{\n\treturn puts(\"x\") + n;\n}\n"

NATIVE_TOOLS = ("gcc-12", "gcc-11", "g++-12", "nm", "objdump", "as", "ld")


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="meter."))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def write_handlers(self, handler=HANDLER, other=OTHER):
        """Two units below hcall/, and the file by which a copy of it is known."""
        self.write("hcall/object.c", "extern int nothing;\n")
        self.write("hcall/kvm/handler.c", handler)
        self.write("hcall/vfio/other.c", other)

    def host(self, name, tools=NATIVE_TOOLS, **wrappers):
        """A PATH with these tools and scripts only: what else is installed is not found on it."""
        folder = self.folder / name
        folder.mkdir()
        for tool in tools:
            if shutil.which(tool):
                (folder / tool).symlink_to(shutil.which(tool))
        for tool, script in wrappers.items():
            path = folder / tool.replace("_", "-")
            path.unlink(missing_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        return str(folder)


def run(*command, path=None, **environment):
    """Runs a command, with a PATH and variables of its own."""
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "PATH": path or os.environ["PATH"], **environment})
