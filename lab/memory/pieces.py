#!/usr/bin/env python3
"""What the kernel charges a memory cgroup for one copy of a program, piece by piece, as a table in Markdown.

usage: lab/memory/pieces.py PROGRAM

The kernel's own trace events say what is allocated on the account of the copies while they start, and what of it is freed
again until they sleep. /proc has the pages. The last two lines compare the sum with what the cgroup is charged. Needs
root and tracefs; status 1 when something is missing, 2 for wrong usage.
"""

import collections
import os
import re
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

COUNT = 400
POINTER = 8  # the kernel adds one, to the cgroup, to each object that it charges
EVENTS = ('kmem/kmem_cache_alloc', 'kmem/kmalloc', 'kmem/kmem_cache_free', 'kmem/kfree', 'kmem/mm_page_alloc',
          'kmem/mm_page_free', 'percpu/percpu_alloc_percpu')
LINE = re.compile(r'-(\d+)\s+\[\d+\]\s+\S+\s+[\d.]+: (\w+): (.*)')


@contextmanager
def trace(folder):
    """An instance of its own, so that nobody else's tracing is disturbed."""
    subprocess.run(['mount', '-t', 'tracefs', 'tracefs', folder], check=True)
    try:
        instance = Path(tempfile.mkdtemp(prefix='pause-', dir=f'{folder}/instances'))
        try:
            (instance / 'buffer_size_kb').write_text('65536')
            for event in EVENTS:
                (instance / 'events' / event / 'enable').write_text('1')
            yield instance
        finally:
            instance.rmdir()
    finally:
        subprocess.run(['umount', folder], check=True)


def charged(lines, pids):
    """Bytes by piece, of what these processes have allocated and nobody has freed since."""
    left = {}
    for line in lines:
        found = LINE.search(line)
        if not found:
            continue
        pid, event, rest = int(found[1]), found[2], found[3]
        value = dict(word.split('=', 1) for word in rest.split() if '=' in word)
        if event in ('kfree', 'kmem_cache_free'):
            left.pop(value['ptr'], None)
        elif event == 'mm_page_free':
            left.pop(value['pfn'], None)
        elif pid not in pids:
            continue
        elif value.get('accounted') == 'false':
            continue
        elif event == 'kmem_cache_alloc':
            left[value['ptr']] = value['name'], int(value['bytes_alloc']) + POINTER
        elif event == 'kmalloc':
            left[value['ptr']] = value['call_site'].split('+')[0], int(value['bytes_alloc']) + POINTER
        elif event == 'percpu_alloc_percpu' and '__GFP_ACCOUNT' in value['gfp_flags'] + value.get('gfp', '') or \
                event == 'percpu_alloc_percpu' and 'GFP_KERNEL_ACCOUNT' in rest:
            left[value['ptr']] = 'per processor: ' + value['call_site'].split('+')[0], int(value['bytes_alloc'])
        elif event == 'mm_page_alloc' and 'ACCOUNT' in value['gfp_flags']:
            left[value['pfn']] = 'pages: ' + value['gfp_flags'], 4096 << int(value['order'])
    pieces = collections.Counter()
    for name, size in left.values():
        pieces[name] += size
    return pieces


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith('-'):
        print(__doc__, file=sys.stderr)
        return 2
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
            text = (instance / 'trace').read_text()
            pieces = charged(text.splitlines(), {copies.process.pid, *copies.pids})
            for k, v in pieces.most_common(): print(f'{v/COUNT:9.1f} {k}')
            print(sum(pieces.values())/COUNT, int(usage.read_text())/COUNT, re.search('entries.*',text)[0])
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
