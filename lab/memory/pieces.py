#!/usr/bin/env python3
"""What the kernel charges a memory cgroup for one copy of a program, piece by piece, as a table in Markdown.

usage: lab/memory/pieces.py PROGRAM

The kernel's own trace events say what is allocated on the account of the copies while they start, and what of it is
freed again until they sleep. /proc has the pages, in the mean of all copies. The last two lines compare the sum with
what the cgroup is charged. Needs root and tracefs; status 1 when something is missing, 2 for wrong usage.
"""

import collections
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / 'lab/bench'))
import measure  # noqa: E402, the path comes first
import programs  # noqa: E402

COUNT = 100
POINTER = 8  # the kernel adds one, to the cgroup, to each object that it charges
EVENTS = ('kmem/kmem_cache_alloc', 'kmem/kmalloc', 'kmem/kmem_cache_free', 'kmem/kfree', 'percpu/percpu_alloc_percpu')
LINE = re.compile(r'-(\d+)\s+\[\d+\]\s+\S+\s+[\d.]+: (\w+): (.*)')


@contextmanager
def trace(folder):
    """An instance of its own, so that nobody else's tracing is disturbed."""
    subprocess.run(['mount', '-t', 'tracefs', 'tracefs', folder], check=True)
    try:
        instance = Path(tempfile.mkdtemp(prefix='pause-', dir=f'{folder}/instances'))
        try:
            (instance / 'buffer_size_kb').write_text('16384')
            for event in EVENTS:
                (instance / 'events' / event / 'enable').write_text('1')
            yield instance
        finally:
            instance.rmdir()
    finally:
        subprocess.run(['umount', folder], check=True)


def charged(lines, pids):
    """Bytes by the kernel's name, of what these processes have allocated on their account and nobody has freed."""
    left = {}
    for found in filter(None, map(LINE.search, lines)):
        event, value = found[2], dict(word.split('=', 1) for word in found[3].split() if '=' in word)
        if event in ('kfree', 'kmem_cache_free'):
            left.pop(value['ptr'], None)
        elif int(found[1]) in pids and (value.get('accounted') == 'true' or 'GFP_KERNEL_ACCOUNT' in found[3]):
            # Caches of one size are merged, under the name of one of them: who asked tells them apart.
            name = f"{value.get('name', event)} {value['call_site'].split('+')[0]}"
            left[value['ptr']] = name, int(value['bytes_alloc']) + POINTER
    pieces = collections.Counter()
    for name, size in left.values():
        pieces[name] += size
    return pieces


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith('-'):
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing stays behind
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix='pause-pieces-'))
        os.mkdir(f'{folder}/trace')
        measure.Copies.launch = programs.compile_static('lab/bench/launch.c', Path(folder) / 'launch')
        program = programs.Program(arguments[0], [arguments[0]], '-')
        measure.memory(program)
        instance = stack.enter_context(trace(f'{folder}/trace'))
        cgroup, usage = stack.enter_context(measure.memory_cgroup())
        with measure.Copies(program, COUNT, cgroup) as copies:
            copies.settle()
            time.sleep(1)
            (instance / 'tracing_on').write_text('0')  # or reading never ends
            text = (instance / 'trace').read_text()
            pieces = charged(text.splitlines(), {copies.process.pid, *copies.pids})
            tables, pages = (sum(int(measure.proc(pid, field)) for pid in copies.pids) * 1024 / COUNT
                             for field in ('VmPTE', 'RssAnon'))
            charge = int(usage.read_text()) / COUNT
    known = [('kernel stack', 16384), ('page tables below the first', tables), ('first page table', 4096),
             ('pages of its own: the stack', pages)]
    known += [(name, size / COUNT) for name, size in pieces.most_common() if size / COUNT >= POINTER]
    print('| bytes | piece |\n|---|---|')
    for name, size in known:
        print(f'| {size:,.0f} | {name} |')
    print(f'| **{sum(size for _, size in known):,.0f}** | together |')
    print(f'| {charge:,.0f} | the cgroup, with the helper that starts {COUNT} |')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
