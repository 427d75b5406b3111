"""The measurements. Each works on programs that run as PID 1 of a PID namespace of their own."""

import gzip
import hashlib
import io
import json
import os
import re
import select
import signal
import statistics
import subprocess
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from programs import libraries, relocations

COPIES = (1, 10, 100, 1000)
NEVER = 3.0  # seconds after SIGTERM that count as never
PAGE = os.sysconf('SC_PAGE_SIZE')


class Cgroup:
    """What its processes cost, whatever else the machine does: memory with the kernel's share, and processor time."""

    number = 0

    def __init__(self):
        Cgroup.number += 1
        top, name = Path('/sys/fs/cgroup'), f'pause-bench-{os.getpid()}-{Cgroup.number}'
        if (top / 'cgroup.controllers').exists():
            (top / 'cgroup.subtree_control').write_text('+memory +cpu')
            self.folders = [top / name]
            self.memory_file = top / name / 'memory.current'
        else:
            self.folders = [top / 'memory' / name, top / 'cpuacct' / name]
            self.memory_file = self.folders[0] / 'memory.usage_in_bytes'

    def __enter__(self):
        for folder in self.folders:
            folder.mkdir()
        return self

    def __exit__(self, *_):
        for folder in self.folders:
            for _ in range(500):  # until the kernel has let go of the last process
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.02)

    def join(self):
        for folder in self.folders:
            (folder / 'cgroup.procs').write_text('0')

    def memory(self):
        return int(self.memory_file.read_text())

    def processor(self):
        """In seconds."""
        if len(self.folders) > 1:
            return int((self.folders[1] / 'cpuacct.usage').read_text()) / 1e9
        return int(re.search(r'usage_usec (\d+)', (self.folders[0] / 'cpu.stat').read_text())[1]) / 1e6


class Copies:
    """Copies of a program, running while the block does. launch.c says what the settings mean."""

    launch = None  # the path of the helper

    def __init__(self, program, count=1, cgroup=None, arguments=None, **settings):
        self.program, self.count, self.cgroup = program, count, cgroup
        self.command = program.command if arguments is None else [program.command[0], *arguments]
        self.settings = settings

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.launch, str(self.count), *self.command], text=True, env=os.environ | self.settings,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=self.cgroup and self.cgroup.join)
        lines = [self.process.stdout.readline().split() for _ in range(self.count)]
        if not all(lines):
            raise SystemExit(f'bench: {self.program.name}: launch could not start it')
        self.pids, self.numbers = zip(*((int(pid), int(number)) for pid, number in lines))
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def settle(self):
        """Waits until the last copies and what they have started sleep; returns the numbers of the first one's."""
        before = None
        for _ in range(200):
            now = [(p, status(p, 'State')[0]) for pid in self.pids[-20:] for p in tree(pid)]
            if now == before and all(state == 'S' for _, state in now):
                return tree(self.pids[0])
            before = now
            time.sleep(0.05)
        raise SystemExit(f'bench: {self.program.name}: it ended, or does not come to rest')


def children(pid):
    try:
        return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
    except OSError:
        return []


def tree(pid):
    """A process and all that descend from it."""
    return [pid] + [p for child in children(pid) for p in tree(child)]


def status(pid, field):
    try:
        text = Path(f'/proc/{pid}/status').read_text()
    except OSError:
        return '?'
    return re.search(rf'^{field}:\s*(.*)', text, re.MULTILINE)[1]


def switches(pid):
    """How often the process has gone to sleep: one more than it has been woken."""
    return status(pid, 'voluntary_ctxt_switches')


def processor(pids):
    """Processor time in seconds, to the nanosecond."""
    return sum(int(Path(f'/proc/{p}/schedstat').read_text().split()[0]) for p in pids) / 1e9


def rounds(programs, count):
    """All programs, count times, each time another one first."""
    for i in range(count):
        yield from ((i, programs[(i + j) % len(programs)]) for j in range(len(programs)))


def on_disk(program):
    """File and image: the program, what it runs, and the libraries of both, as one gzip layer; alike for all."""
    files = list(program.executables)
    for path in program.executables:
        files += [library for library in libraries(path) if library not in files]
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for path in files:
            name = os.path.basename(path) if path == program.executables[0] else path.lstrip('/')
            info = tarfile.TarInfo(name)
            info.size, info.mode = os.path.getsize(path), 0o755
            with open(path, 'rb') as content:
                tar.addfile(info, content)
    packed = gzip.compress(layer.getvalue(), 9, mtime=0)

    def digest(data):
        return 'sha256:' + hashlib.sha256(data).hexdigest()

    def blob(kind, data):
        return {'mediaType': f'application/vnd.oci.image.{kind}', 'digest': digest(data), 'size': len(data)}

    config = json.dumps({
        'architecture': os.uname().machine, 'os': 'linux',
        'rootfs': {'type': 'layers', 'diff_ids': [digest(layer.getvalue())]},
        'config': {'User': '65535:65535', 'Entrypoint': ['/' + os.path.basename(program.command[0])]}}).encode()
    manifest = json.dumps({
        'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
        'config': blob('config.v1+json', config), 'layers': [blob('layer.v1.tar+gzip', packed)]}).encode()
    return {
        'file_bytes': sum(os.path.getsize(path) for path in program.executables),
        'image_bytes': len(packed) + len(config) + len(manifest),
        'image_files': len(files),
        'image_layers': 1,
        'libraries': len(files) - len(program.executables),
        'relocations': sum(relocations(path) for path in files),
    }


def system_calls(program, scratch):
    """From exec until asleep, of the program and of what it starts."""
    log = scratch / 'strace'
    command = ['strace', '-f', '-o', log, Copies.launch, '1', *program.command]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tracer:
        tracer.stdout.readline()
        size = -1
        while size != (size := log.stat().st_size):
            time.sleep(0.25)
        lines = [line.split(maxsplit=1) for line in log.read_text().splitlines()]
        tracer.stdin.close()
    log.unlink()
    launch, calls, entered = lines[0][0], [], False
    for pid, text in lines:
        if pid == launch:
            continue
        if entered and not text.startswith(('<', '+', '-')):
            calls.append(text.split('(')[0])
        entered = entered or 'execve' in text
    return {'syscalls': len(calls), 'syscalls_used': sorted(set(calls))}


def memory_of(pid):
    """What one process and its children hold, in kB and pages."""
    found = dict.fromkeys(('rss', 'anonymous', 'page_tables', 'mappings', 'writable_pages', 'executable_pages'), 0)
    for p in tree(pid):
        rollup = Path(f'/proc/{p}/smaps_rollup').read_text()
        found['rss'] += int(re.search(r'^Rss:\s*(\d+)', rollup, re.MULTILINE)[1])
        found['anonymous'] += int(re.search(r'^Anonymous:\s*(\d+)', rollup, re.MULTILINE)[1])
        found['page_tables'] += int(status(p, 'VmPTE').split()[0])
        for line in Path(f'/proc/{p}/maps').read_text().splitlines():
            addresses, rights, *_, name = line.split()
            if name == '[vsyscall]':  # no mapping of the process
                continue
            found['mappings'] += 1
            if name.startswith('[v') or name == '[stack]':
                continue
            first, last = (int(address, 16) for address in addresses.split('-'))
            found['writable_pages'] += (last - first) // PAGE if 'w' in rights else 0
            found['executable_pages'] += (last - first) // PAGE if 'x' in rights else 0
    return found


def available():
    """MemAvailable in bytes, after the processors have given back the free pages that they keep for themselves."""
    for _ in range(40):
        Path('/proc/sys/vm/stat_refresh').read_bytes()
    return int(re.search(r'MemAvailable:\s*(\d+)', Path('/proc/meminfo').read_text())[1]) * 1024


def memory(program):
    """Of some copies, one by one, and of 1, 10, 100 and 1,000: what their memory cgroup is charged, kernel included."""
    one, charged, gone = {}, [], []
    free = available()
    with Cgroup() as cgroup:
        running = []
        try:
            for before, count in zip((0, *COPIES), COPIES):
                running.append(Copies(program, count - before, cgroup).__enter__())
                running[-1].settle()
                charged.append(cgroup.memory())
                gone.append(free - available())
                if count == 100:
                    found = [memory_of(pid) for pid in running[-1].pids[:40]]
                    one = {key: [values[key] for values in found] for key in found[0]}
        finally:
            for copies in running:
                copies.process.stdin.close()  # all at once
            for copies in running:
                copies.__exit__()
    return {'one': one, 'charged': charged, 'available': gone, 'slope': slope(charged) / 1024,
            'slope_available': slope(gone) / 1024}


def slope(values):
    return statistics.linear_regression(COPIES, values).slope


def start(program):
    """Processor time from exec until asleep, in seconds, and page faults on the way."""
    with Copies(program) as copies:
        pids = copies.settle()
        faults = sum(int(Path(f'/proc/{p}/stat').read_text().rsplit(')')[1].split()[7]) for p in pids)
        return processor(pids) - copies.numbers[0] / 1e9, faults


def version(program, count):
    """Wall time from exec until gone, in seconds, of a call that prints the version."""
    with Copies(program, count, arguments=program.version, EXITS='1') as copies:
        return [number / 1e9 for number in copies.numbers]


def instructions(program):
    """From exec until asleep, where perf can count them; not as PID 1."""
    command = ['perf', 'stat', '-x,', '-e', 'instructions', '--', *program.command]
    try:
        counter = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True)
    except FileNotFoundError:
        return None
    time.sleep(0.5)
    for pid in tree(counter.pid)[1:]:
        os.kill(pid, signal.SIGKILL)
    found = re.search(r'^(\d+),+instructions', counter.communicate()[1], re.MULTILINE)
    return int(found[1]) if found else None


class Holder:
    """A program that is left orphans, batch by batch."""

    orphans = None  # the path of the helper

    def __init__(self, program, stack):
        self.program = program
        self.cgroup = stack.enter_context(Cgroup())
        self.copies = stack.enter_context(Copies(program, cgroup=self.cgroup))
        self.own = self.copies.settle()
        self.pid = self.own[0]
        self.sent, self.seconds, self.processor = 0, [], []
        self.before = self.readings()

    def readings(self):
        woken = sum(int(switches(p)) for p in self.own)
        return woken, processor(self.own[:1])

    def left(self):
        """The states of the children that are not its own, one by one."""
        return (status(p, 'State')[0] for p in children(self.pid) if p not in self.own)

    def zombies(self):
        return sum(state == 'Z' for state in self.left())

    def send(self, count):
        begin, used = time.monotonic(), self.cgroup.processor()
        leave_orphans(self.pid, count, 'turns', self.cgroup)
        while any(state not in 'Z?' for state in self.left()):
            time.sleep(0.002)
        self.seconds.append(time.monotonic() - begin)
        self.processor.append(self.cgroup.processor() - used)
        self.sent += count

    def result(self):
        woken, own = (after - before for before, after in zip(self.before, self.readings()))
        return {'orphans': self.sent, 'zombies': self.zombies(), 'orphan_wakeups': woken, 'orphan_own_processor': own,
                'samples': {'orphan_seconds': self.seconds, 'orphan_processor': self.processor}}


def leave_orphans(pid, count, how, cgroup=None):
    command = ['nsenter', '--target', str(pid), '--pid', '--', Holder.orphans, str(count), how]
    if subprocess.run(command, preexec_fn=cgroup and cgroup.join, check=False).returncode:
        raise SystemExit(f'bench: process {pid} could not be left {count} orphans: it has ended, or processes run out')


def let_reap(holders):
    """Gives those that reap by the clock the time to do so; returns those that have no zombie left."""
    for _ in range(60):
        if not any(holder.zombies() for holder in holders):
            break
        time.sleep(0.1)
    return [holder for holder in holders if not holder.zombies()]


def idle(programs, seconds, stack):
    """Wake-ups and processor time of all programs while nothing happens."""
    held = [stack.enter_context(Copies(program)) for program in programs]
    trees = [copies.settle() for copies in held]

    def readings():
        return [(sum(int(switches(p)) for p in pids), processor(pids)) for pids in trees]

    before = readings()
    time.sleep(seconds)
    return [{'idle_wakeups': b[0] - a[0], 'idle_processor': b[1] - a[1]} for a, b in zip(before, readings())]


class Ending:
    """A copy that is sent a signal; it then has NEVER seconds."""

    def __init__(self, program, stack, orphans=0, number=signal.SIGTERM, **settings):
        copies = stack.enter_context(Copies(program, **settings))
        pid = copies.settle()[0]
        self.handle = os.pidfd_open(pid)
        stack.callback(os.close, self.handle)
        if orphans:
            leave_orphans(pid, orphans, 'alive')
        self.begin = time.monotonic()
        os.kill(pid, number)

    def wait(self, patience=NEVER):
        """Seconds until it was gone; None when it is still there."""
        poll = select.poll()
        poll.register(self.handle, select.POLLIN)
        left = max(self.begin + patience - time.monotonic(), 0)
        return time.monotonic() - self.begin if poll.poll(left * 1000) else None


def stop(programs, count, stack, **settings):
    """Seconds from SIGTERM until gone, count times; None is never. Those that do not stop are waited for together."""
    found = {program.name: [] for program in programs}
    late = []
    with ThreadPoolExecutor(len(programs)) as pool:
        for i, program in rounds(programs, count):
            if i and found[program.name][0] is None:
                continue
            ending = Ending(program, stack, **settings)
            seconds = ending.wait(0.2)
            found[program.name].append(seconds)
            if seconds is None:
                late.append((program.name, i, pool.submit(ending.wait)))
        for name, i, seconds in late:
            found[name][i] = seconds.result()
    return found
