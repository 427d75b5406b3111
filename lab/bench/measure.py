"""The measurements. Each returns figures by name; those that are lists are samples."""

import os
import re
import select
import signal
import statistics
import subprocess
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

from programs import libraries

COPIES = (1, 10, 100, 1000)
PATIENCE = 3  # seconds; later is never
# What SIGTERM is sent into.
STATES = {'stop': {}, 'stop_blocked': {'blocked': [signal.SIGTERM]}, 'stop_full_pipe': {'full_pipe': True}}
# As image/build.sh does, so that pause's layer is the one that ships.
PACK = f""". '{Path(__file__).parents[2]}/image/archive.bash'
           pack . 755 --dereference --absolute-names --transform=s,.*/,, "$@" | gzip -n -9"""


class Copies(AbstractContextManager):
    """Copies of a program, running while the block does."""

    launch = None  # the path of the helper

    def __init__(self, program, count=1, cgroup=None, blocked=(), full_pipe=False):
        def prepare():
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            if cgroup:
                (cgroup / 'cgroup.procs').write_text('0')

        self.name = program.name
        self.process = subprocess.Popen(
            [self.launch, str(count), *program.command], text=True, preexec_fn=prepare, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=a_full_pipe() if full_pipe else subprocess.DEVNULL)
        lines = [self.process.stdout.readline().strip() for _ in range(count)]
        if not lines[-1].isdigit():
            raise SystemExit(f'bench: {self.name}: not started: {next(line for line in lines if not line.isdigit())}')
        self.pids = [int(line) for line in lines]

    def __exit__(self, *_):
        self.process.communicate()

    def settle(self):
        """Waits until the last copies and what they have started sleep; returns the numbers of the first one's."""
        before = None
        for _ in range(200):
            now = [(p, proc(p, 'State')) for pid in self.pids[-20:] for p in tree(pid)]
            if now == before and all(state == 'S' for _, state in now):
                return tree(self.pids[0])
            before = now
            time.sleep(0.05)
        raise SystemExit(f'bench: {self.name}: it ended, or does not come to rest')


def proc(pid, field, file='status'):
    """The first word of a field, or ? when the process is gone."""
    with suppress(OSError):
        return re.search(rf'^{field}:\s*(\S+)', Path(f'/proc/{pid}/{file}').read_text(), re.MULTILINE)[1]
    return '?'


def children(pid):
    with suppress(OSError):
        return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
    return []


def tree(pid):
    """A process and all that descend from it."""
    return [pid] + [p for child in children(pid) for p in tree(child)]


def files(program):
    """The files on disk, and the layer of an image of them and their libraries."""
    paths = dict.fromkeys(program.executables + [path for file in program.executables for path in libraries(file)])
    layer = subprocess.run(['bash', '-o', 'pipefail', '-c', PACK, 'pack', *paths], check=True, stdout=subprocess.PIPE)
    return {'file': sum(os.path.getsize(path) for path in program.executables), 'layer': len(layer.stdout),
            'files': len(paths)}


@contextmanager
def memory_cgroup():
    """Its folder, and the file in it that says what its processes cost, the kernel's share included."""
    top, usage = Path('/sys/fs/cgroup/memory'), 'memory.usage_in_bytes'
    if Path('/sys/fs/cgroup/cgroup.controllers').exists():  # version 2
        top, usage = top.parent, 'memory.current'
        (top / 'cgroup.subtree_control').write_text('+memory')
    folder = Path(tempfile.mkdtemp(prefix=f'pause-bench-{os.getpid()}-', dir=top))
    try:
        yield folder, folder / usage
    finally:
        deadline = time.monotonic() + 10
        while folder.exists() and time.monotonic() < deadline:
            with suppress(OSError):  # until the kernel has let go of the last process
                folder.rmdir()
            time.sleep(0.02)


def memory(program):
    """In kB, of some copies, one by one; and what the cgroup of 1, 10, 100 and 1,000 is charged, in bytes."""
    charged = []
    with memory_cgroup() as (cgroup, usage), ExitStack() as stack:
        for before, count in zip((0, *COPIES), COPIES):
            copies = stack.enter_context(Copies(program, count - before, cgroup))
            copies.settle()
            charged.append(int(usage.read_text()))
        some = [tree(pid) for pid in copies.pids[:40]]
        resident = [sum(int(proc(p, 'Rss', 'smaps_rollup')) for p in one) for one in some]
        page_tables = [sum(int(proc(p, 'VmPTE')) for p in one) for one in some]
    return {'resident': resident, 'page_tables': page_tables, 'charged': [charged],
            'slope': [statistics.linear_regression(COPIES, charged).slope / 1024]}


def orphans(program, orphan_helper, batches, idle_seconds):
    """Wake-ups while nothing happens, and for each batch of a thousand orphans, which die in turns.

    There is one batch only for those that leave zombies: processes would run out.
    """
    def woken():
        return sum(int(proc(pid, 'voluntary_ctxt_switches')) for pid in own)

    def left():
        return [p for p in children(own[0]) if p not in own]

    with Copies(program) as copies:
        own = copies.settle()
        before = woken()
        time.sleep(idle_seconds)
        figures = {'idle_wakeups': (woken() - before) * 10 / idle_seconds}
        samples = []
        while len(samples) < batches and not left():
            before = woken()
            subprocess.run(['nsenter', f'--target={own[0]}', '--pid', orphan_helper, '1000', 'turns'], check=True)
            while any(proc(p, 'State') not in 'Z?' for p in left()):
                time.sleep(0.01)
            time.sleep(0.02)  # for the last ones
            samples.append(woken() - before)
            deadline = time.monotonic() + 6  # there are those that reap by the clock
            while left() and time.monotonic() < deadline:
                time.sleep(0.05)
        zombies = len(left()) / len(samples)
    return figures | {'orphan_wakeups': samples, 'zombies': zombies}


@cache
def a_full_pipe():
    """Who writes to it waits: its other end stays open, and nobody reads."""
    _, end = os.pipe()
    os.set_blocking(end, False)
    os.write(end, bytes(1 << 20))
    os.set_blocking(end, True)
    return end


def stop(program, state):
    """Seconds from SIGTERM until it is gone; None is never."""
    with Copies(program, **STATES[state]) as copies:
        pid = copies.settle()[0]
        handle = os.pidfd_open(pid)
        begin = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        gone, _, _ = select.select([handle], [], [], PATIENCE)
        seconds = time.monotonic() - begin
        os.close(handle)
    return seconds if gone else None
