#!/usr/bin/python3
"""Measures what keeps a container up for `exec`: pause, mounted, beside what people use, in Docker and podman.

usage: lab/bench/keep.py [--quick] [FILE]

The containers are of one image, a bare Debian, and start and stop in turns. The figures go to FILE
(lab/bench/keep.json). --quick takes few samples: a trial, no result. An engine that cannot mount an image is measured
without that. Nothing else should run.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import measure
import programs
from compare import machine
from node_cost import engine, say

RESULTS = programs.ROOT / 'lab' / 'bench' / 'keep.json'
IMAGE = 'docker.io/library/debian:trixie-slim'
# Starts of pause and of sleep, one after the other; starts of the others; stops; seconds of nothing.
FULL = {'pairs': 100, 'starts': 10, 'stops': 7, 'idle_seconds': 10, 'memory': 2}
QUICK = {'pairs': 2, 'starts': 2, 'stops': 1, 'idle_seconds': 2, 'memory': 1}
LOOP, TRAP = 'while :; do sleep 3600; done', "trap 'exit 0' TERM; sleep infinity & wait"
MOUNTED, SLEEP, IMAGE_MOUNTED = 'pause, file mounted', 'sleep infinity', 'pause, image mounted'


def ways(pause, image):
    """By name: what stands before the image's name, what behind it, and what is measured as a process by itself."""
    return {
        MOUNTED: (['-v', f'{pause}:/pause:ro', '--entrypoint', '/pause'], [], [pause]),
        IMAGE_MOUNTED: (['--mount', f'type=image,source={image},destination=/keep', '--entrypoint', '/keep/pause'], [],
                        None),
        SLEEP: ([], ['sleep', 'infinity'], ['sleep', 'infinity']),
        'tail -f /dev/null': ([], ['tail', '-f', '/dev/null'], ['tail', '-f', '/dev/null']),
        'sh, a loop of sleep': ([], ['sh', '-c', LOOP], ['sh', '-c', LOOP]),
        'sh, trap and wait': ([], ['sh', '-c', TRAP], ['sh', '-c', TRAP]),
        '--init, sleep infinity': (['--init'], ['sleep', 'infinity'], ['docker-init', '--', 'sleep', 'infinity']),
    }


class Engine:
    """Docker or podman, with its own folders; both take the same words."""

    def __init__(self, name, folder, stack, archive):
        self.name, self.count = name, 0
        folder.mkdir()
        stack.callback(engine, folder, 'stop_engines')
        start = {'docker': 'start_dockerd', 'podman': 'use_podman'}[name]
        loaded = engine(folder, f'''{start}
            {name} load -i dist/pause.tar >&2
            {name} import "$1" "$2" >&2
            env | grep -E '^(DOCKER_HOST|CONTAINERS_.*|PODMAN_.*|PATH)='
            ''', archive, IMAGE)
        self.environment = os.environ | dict(line.split('=', 1) for line in loaded.splitlines())
        stack.callback(self.remove_all)
        self.options = ['--init-path', programs.shutil.which('docker-init')] if name == 'podman' else []

    def __call__(self, *words):
        return subprocess.run([self.name, *words], env=self.environment, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.strip()

    def start(self, way):
        """A container and the seconds until its process runs."""
        before, behind, _ = way
        before = [*before, *(self.options if '--init' in before else [])]
        name = f'kept{self.count}'
        self.count += 1
        begin = time.monotonic()
        self('run', '-d', '--name', name, '--network', 'none', *before, IMAGE, *behind)
        return name, time.monotonic() - begin

    def pid(self, name):
        return int(self('inspect', '-f', '{{.State.Pid}}', name))

    def stop(self, name):
        """Seconds, and the status with which it ended."""
        begin = time.monotonic()
        self('stop', name)
        seconds = time.monotonic() - begin
        return seconds, int(self('inspect', '-f', '{{.State.ExitCode}}', name))

    def remove(self, *names):
        self('rm', '-f', '-v', *(['-t', '0'] if self.name == 'podman' else []), *names)

    def remove_all(self):
        names = self('ps', '-aq').split()
        if names:
            self.remove(*names)


def memory_of(pid):
    """Bytes that the container's cgroup is charged, in cgroup v1 or v2."""
    for line in Path(f'/proc/{pid}/cgroup').read_text().splitlines():
        _, controllers, path = line.split(':', 2)
        for file in (f'/sys/fs/cgroup/memory{path}/memory.usage_in_bytes', f'/sys/fs/cgroup{path}/memory.current'):
            if controllers in ('memory', '') and Path(file).exists():
                return int(Path(file).read_text())
    raise SystemExit(f'bench: process {pid} has no cgroup of memory')


def settled(pid):
    """The processes of a container, when none of them is at work."""
    before = None
    for _ in range(200):
        now = [(p, measure.proc(p, 'State')) for p in measure.tree(pid)]
        if now == before and all(state == 'S' for _, state in now):
            return [p for p, _ in now]
        before = now
        time.sleep(0.05)
    raise SystemExit(f'bench: process {pid} does not come to rest')


def starts(run, tested, found, counts):
    """First pairs of pause, its file mounted, and sleep; then all of them in turns. The one that begins changes."""
    started = []

    def timed(name):
        container, seconds = run.start(tested[name])
        started.append(container)
        if len(started) == 10:  # by one call, since that takes as long as a start
            run.remove(*started)
            started.clear()
        return seconds

    for name in tested:  # the first of each pays for what is read only once
        timed(name)
    for i in range(counts['pairs']):
        for name in (MOUNTED, SLEEP) if i % 2 else (SLEEP, MOUNTED):
            found[name].setdefault('pair', []).append(timed(name))
    names = list(tested)
    for i in range(counts['starts']):
        for j in range(len(names)):
            name = names[(i + j) % len(names)]
            found[name].setdefault('start', []).append(timed(name))
    run.remove_all()


def at_rest(run, tested, found, counts, orphan_helper):
    """Memory, processes, wake-ups while nothing happens and for a thousand orphans, and how many zombies stay."""
    def woken(name):
        return sum(int(measure.proc(p, 'voluntary_ctxt_switches')) for p in own[name])

    own = {name: settled(run.pid(run.start(way)[0])) for name, way in tested.items()}
    for name in own:
        found[name]['processes'], found[name]['cgroup'] = len(own[name]), memory_of(own[name][0])
    before = {name: woken(name) for name in own}
    time.sleep(counts['idle_seconds'])
    for name in own:
        found[name]['idle_wakeups'] = (woken(name) - before[name]) * 10 / counts['idle_seconds']
    for name in own:
        pid, before = own[name][0], woken(name)
        subprocess.run(['nsenter', f'--target={pid}', '--pid', orphan_helper, '1000', 'turns'], check=True)
        time.sleep(1)
        found[name]['orphan_wakeups'] = woken(name) - before
        found[name]['zombies'] = sum(measure.proc(p, 'State') == 'Z' for p in measure.children(pid))
    run.remove_all()


def stops(run, tested, found, counts):
    """Those that wait to be killed wait side by side, and the others are stopped before them, one by one."""
    waits = []
    for name, way in tested.items():
        for _ in range(counts['stops']):
            container, _ = run.start(way)
            settled(run.pid(container))
            if name in (SLEEP, 'tail -f /dev/null', 'sh, a loop of sleep'):
                waits.append((name, container))
            else:
                found[name].setdefault('stop', []).append(run.stop(container))
                run.remove(container)
    with ThreadPoolExecutor(len(waits)) as pool:
        for (name, container), stopped in zip(waits, pool.map(lambda wait: run.stop(wait[1]), waits)):
            found[name].setdefault('stop', []).append(stopped)
    run.remove(*(container for _, container in waits))
    for figures in found.values():
        figures['stop'], figures['status'] = [s for s, _ in figures['stop']], sorted({s for _, s in figures['stop']})


def by_itself(tested, counts):
    """Memory of each of 1,000 copies of what runs in them, as the comparison counts it, in kB."""
    processes = {name: programs.Program(name, way[2]) for name, way in tested.items() if way[2]}
    measure.memory(processes[MOUNTED])  # the first one pays for the kernel's own caches
    found = {name: [] for name in processes}
    for _ in range(counts['memory']):
        for name, program in processes.items():
            found[name] += measure.memory(program)['slope']
    return found


def main(arguments):
    quick, names = '--quick' in arguments, [word for word in arguments if word != '--quick']
    if len(names) > 1 or any(name.startswith('-') for name in names):
        print(__doc__, file=sys.stderr)
        return 2
    if os.getuid() != 0:
        os.execvp('sudo', ['sudo', __file__, *arguments])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing stays behind
    counts = QUICK if quick else FULL
    figures = {'machine': machine(), 'counts': counts, 'engines': {}}
    image = 'pause.internal/pause:' + (programs.ROOT / 'VERSION').read_text().strip()
    pause = programs.ROOT / 'build' / programs.output(
        'scripts/platforms.sh', '--native').strip().replace('/', '-') / 'pause'
    archive = subprocess.run(['tests/tools/bare.sh', 'trixie'], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    with tempfile.TemporaryDirectory(prefix='pause-bench-') as folder, ExitStack() as stack:
        scratch = Path(folder)
        orphan_helper = programs.compile_static('tests/tools/orphans.c', scratch / 'orphans')
        measure.Copies.launch = programs.compile_static('lab/bench/launch.c', scratch / 'launch')
        tested = ways(pause, image)
        say('memory of each')
        figures['memory'] = by_itself(tested, counts)
        for name in ('docker', 'podman'):
            run, own = Engine(name, scratch / name, stack, archive), dict(tested)
            try:
                run.remove(run.start(own[IMAGE_MOUNTED])[0])
            except subprocess.CalledProcessError:
                del own[IMAGE_MOUNTED]
            found = {way: {} for way in own}
            version = run('version', '-f', '{{.Server.Version}}' if name == 'docker' else '{{.Client.Version}}')
            figures['engines'][name] = {'version': version, 'ways': found}
            for what, take in (('starts', starts), ('stops', stops)):
                say(f'{name} {version}: {what}')
                take(run, own, found, counts)
            say(f'{name} {version}: at rest, and orphans')
            at_rest(run, own, found, counts, orphan_helper)

    text = re.sub(r'\[[^][{}]*\]', lambda found: ' '.join(found[0].split()), json.dumps(figures, indent=1))
    (Path(names[0]) if names else RESULTS).write_text(text + '\n')
    return 0


if __name__ == '__main__':
    os.chdir(programs.ROOT)
    sys.exit(main(sys.argv[1:]))
