#!/usr/bin/env python3
"""Measures pause beside what people use instead, prints the tables and writes the figures.

usage: lab/bench/compare.py [--quick] [FILE]

The figures go to FILE (lab/bench/results.json). PEERS="/path/to/program args; another" adds programs. --quick measures
only pause, a bare loop and PEERS, a few times: a trial, no result. PAUSE names another file to measure.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
import programs
import report

FULL = {'memory': 3, 'orphans': 20, 'idle_seconds': 10, 'stops': 25}
QUICK = {'memory': 1, 'orphans': 2, 'idle_seconds': 2, 'stops': 2}
BEGIN = time.monotonic()


def each(what, tested, rounds=1):
    """All programs, that often, each time another one first. On a terminal one line tells how far things are."""
    clear = '\r\033[K' if sys.stderr.isatty() else ''
    for i in range(rounds):
        for j in range(len(tested)):
            program = tested[(i + j) % len(tested)]
            if clear:
                print(f'{clear}{what} {i + 1} of {rounds}: {program.name}', end='', file=sys.stderr, flush=True)
            yield program
    print(f'{clear}{what}: done after {time.monotonic() - BEGIN:.0f} s', file=sys.stderr)


def measure_all(tested, counts, orphan_helper):
    found = {p.name: {'name': p.name, 'origin': p.origin, 'readme': p.readme} for p in tested}
    for program in each('files', tested):
        found[program.name].update(measure.files(program))
    measure.memory(tested[0])  # the first one pays for the kernel's own caches
    for program in each('memory', tested, counts['memory']):
        for key, samples in measure.memory(program).items():
            found[program.name].setdefault(key, []).extend(samples)
    for program in each('orphans', tested):
        found[program.name].update(measure.orphans(program, orphan_helper, counts['orphans'], counts['idle_seconds']))
    for program in each('SIGTERM', tested, counts['stops']):
        for state in measure.STATES:
            samples = found[program.name].setdefault(state, [])
            if None not in samples:  # once is enough for never
                samples.append(measure.stop(program, state))
    return list(found.values())


def machine():
    model = re.search(r'^model name\s*: (.*)', Path('/proc/cpuinfo').read_text(), re.MULTILINE)
    version = '.'.join(os.uname().release.split('.')[:2])  # not the name that a build gave it
    return {'kernel': f'Linux {version}', 'processor': model[1] if model else os.uname().machine,
            'processors': os.cpu_count()}


def as_root(doc, results, measured):
    """What each of these programs does: [--quick] [FILE]. The figures that are measured are written to FILE."""
    quick, names = '--quick' in sys.argv, [word for word in sys.argv[1:] if word != '--quick']
    if len(names) > 1 or any(name.startswith('-') for name in names):
        print(doc, file=sys.stderr)
        sys.exit(2)
    if os.getuid() != 0:  # namespaces and memory cgroups
        os.execvp('sudo', ['sudo', '--preserve-env=PAUSE,PEERS', *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing stays behind
    with tempfile.TemporaryDirectory(prefix='pause-bench-') as folder:
        figures = measured(Path(folder), quick)
    # A list of samples stands on one line.
    text = re.sub(r'\[[^][{}]*\]', lambda found: ' '.join(found[0].split()), json.dumps(figures, indent=1))
    Path(*names or [results]).write_text(text + '\n')
    return figures


def measured(scratch, quick):
    counts = QUICK if quick else FULL
    peers = [line.strip() for line in os.environ.get('PEERS', '').split(';') if line.strip()]
    scratch.chmod(0o755)
    measure.Copies.launch = programs.compile_static('lab/bench/launch.c', scratch / 'launch')
    orphan_helper = programs.compile_static('tests/tools/orphans.c', scratch / 'orphans')
    known = programs.programs(Path(os.environ['PAUSE']), scratch, peers)
    missing = [p.name for p in known if not p.is_there]
    if missing:
        print(f'bench: not installed, so not measured: {", ".join(missing)}', file=sys.stderr)
    tested = [p for p in known if p.is_there and (p.trial or not quick)]
    return {'machine': machine(), 'counts': counts, 'programs': measure_all(tested, counts, orphan_helper)}


def main():
    if 'PAUSE' not in os.environ:  # what is built stays the user's
        make = ['make', '-s', '-C', programs.ROOT / 'lab', 'bench-programs']
        built = subprocess.run(make, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        os.environ['PAUSE'] = str(programs.ROOT / built[-1])
    figures = as_root(__doc__, report.RESULTS, measured)
    print(report.full(report.load(json.dumps(figures))))


if __name__ == '__main__':
    main()
