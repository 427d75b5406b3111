#!/usr/bin/env python3
"""Measures pause beside what people use instead, prints the table and writes the figures.

usage: bench/run.py [--quick] [FILE]

The figures go to FILE (bench/results.json). PEERS="/path/to/program args; another" adds programs. --quick measures
only pause, the bare loop and PEERS, with small counts: a trial, no result.
"""

import json
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import measure
import programs
import report

FULL = {'memory rounds': 2, 'starts': 15, 'orphans': 100_000, 'batch': 1000, 'idle seconds': 10, 'stops': 9,
        'dying orphans': 10_000}
QUICK = {'memory rounds': 1, 'starts': 3, 'orphans': 2000, 'batch': 1000, 'idle seconds': 2, 'stops': 2,
         'dying orphans': 1000}

# What a signal is sent into: the column, and how the program was started.
STOPS = {'stop': {}, 'stop_blocked': {'BLOCKED': '1'}, 'stop_full_pipe': {'FULL_PIPE': '1'}}


class Progress:
    """One line per step on a terminal, rewritten as it goes on; elsewhere a line per step only."""

    def __init__(self, steps):
        self.step, self.steps, self.begin = 0, steps, time.monotonic()

    def next(self, text):
        self.step += 1
        self.text = text
        self.show('', '\n' if not sys.stderr.isatty() else '')

    def show(self, detail, end=''):
        seconds = time.monotonic() - self.begin
        line = f'[{self.step}/{self.steps}] {seconds:4.0f} s  {self.text}  {detail}'
        if sys.stderr.isatty():
            print(f'\r\033[K{line[:110]}', end=end, file=sys.stderr, flush=True)
        elif end:
            print(line.rstrip(), end=end, file=sys.stderr, flush=True)

    def each(self, items, name=lambda item: item.name):
        for item in items:
            self.show(name(item))
            yield item


def files(tested, results, progress, scratch):
    progress.next('files, and system calls from exec until asleep')
    for program in progress.each(tested):
        results[program.name].update(measure.on_disk(program))
        results[program.name].update(measure.system_calls(program, scratch))


def memory(tested, results, progress, settings):
    progress.next('memory of one, and of 1, 10, 100 and 1,000')
    measure.memory(tested[0])  # the first one pays for the kernel's own caches
    for program in tested:
        results[program.name]['samples'].update(one={}, charged=[], available=[], slope=[], slope_available=[])
    turns = measure.rounds(tested, settings['memory rounds'])
    for _, program in progress.each(turns, lambda turn: turn[1].name):
        samples, found = results[program.name]['samples'], measure.memory(program)
        for key, values in found.pop('one').items():
            samples['one'].setdefault(key, []).extend(values)
        for key, value in found.items():
            samples[key].append(value)
    for program in tested:
        found, samples = results[program.name], results[program.name]['samples']
        for key, values in samples['one'].items():
            found[key] = statistics.mean(values)
            found[key + '_range'] = [min(values), max(values)]
        found['slope'] = statistics.median(samples['slope'])
        found['slope_available'] = statistics.median(samples['slope_available'])
        charged = [statistics.median(values) for values in zip(*samples['charged'])]
        found['charged'] = dict(zip(map(str, measure.COPIES), charged))


def starts(tested, results, progress, settings):
    progress.next('from exec until asleep, and until the version is printed')
    countable = measure.instructions(tested[0]) is not None
    for program in tested:
        results[program.name]['samples'].update(start=[], page_faults=[], version=[])
        results[program.name]['instructions'] = measure.instructions(program) if countable else None
    for _, program in progress.each(measure.rounds(tested, settings['starts']), lambda turn: turn[1].name):
        found = results[program.name]
        seconds, faults = measure.start(program)
        found['samples']['start'].append(seconds)
        found['samples']['page_faults'].append(faults)
        if program.version:
            found['samples']['version'] += measure.version(program, 4)


def orphans(tested, results, progress, settings):
    progress.next(f'{settings["orphans"]:,} orphans each')
    with ExitStack() as stack:
        holders = [measure.Holder(program, stack) for program in tested]
        for holder in progress.each(holders, lambda holder: holder.program.name):
            holder.send(settings['batch'])
        reaping = measure.let_reap(holders)  # only these get more, for processes would run out
        batches = settings['orphans'] // settings['batch'] - 1
        for i, holder in measure.rounds(reaping, batches):
            progress.show(f'batch {i + 1} of {batches}  {holder.program.name}')
            holder.send(settings['batch'])
        measure.let_reap(reaping)
        for holder in holders:
            found = holder.result()
            results[holder.program.name]['samples'].update(found.pop('samples'))
            results[holder.program.name].update(found)


def idle(tested, results, progress, settings):
    progress.next(f'{settings["idle seconds"]} s of nothing')
    with ExitStack() as stack:
        for program, found in zip(tested, measure.idle(tested, settings['idle seconds'], stack)):
            results[program.name].update(found)


def stops(tested, results, progress, settings):
    progress.next('from SIGTERM until gone')
    for key, environment in STOPS.items():
        with ExitStack() as stack:
            for name, seconds in measure.stop(tested, settings['stops'], stack, **environment).items():
                results[name]['samples'][key] = seconds
    progress.next(f'from SIGTERM until gone, while {settings["dying orphans"]:,} orphans die')
    for program in progress.each(tested):
        with ExitStack() as stack:
            ending = measure.Ending(program, stack, settings['dying orphans'])
            results[program.name]['samples']['stop_orphans'] = [ending.wait()]
    for found in results.values():
        for key in (*STOPS, 'stop_orphans'):
            values = found['samples'][key]
            found[key] = None if None in values else statistics.median(values)


def kill(bare, settings):
    """The limit of stopping: the kernel ends the bare loop without asking it."""
    values = []
    for _ in range(settings['stops']):
        with ExitStack() as stack:
            values.append(measure.Ending(bare, stack, number=signal.SIGKILL).wait())
    return values


def machine():
    cpuinfo = Path('/proc/cpuinfo').read_text()
    model = [line.split(':', 1)[1].strip() for line in cpuinfo.splitlines() if line.startswith('model name')]
    lines = Path('/proc/meminfo').read_text().splitlines()
    uname = os.uname()
    return {'kernel': f'{uname.sysname} {uname.release}', 'architecture': uname.machine,
            'processor': model[0] if model else 'unknown', 'processors': os.cpu_count(),
            'memory_kb': int(lines[0].split()[1]), 'page_bytes': measure.PAGE, 'load_at_start': os.getloadavg()[0]}


def text(figures):
    """JSON, with each list of samples on one line."""
    return re.sub(r'\[[^][{}]*\]', lambda found: ' '.join(found[0].split()), json.dumps(figures, indent=1)) + '\n'


def main(arguments):
    quick = '--quick' in arguments
    names = [word for word in arguments if word != '--quick']
    if len(names) > 1 or any(name.startswith('-') for name in names):
        print(__doc__, file=sys.stderr)
        return 2
    if os.getuid() != 0:  # namespaces and memory cgroups
        os.execvp('sudo', ['sudo', '--preserve-env=PEERS', __file__, *arguments])
    target = Path(names[0] if names else programs.ROOT / 'bench' / 'results.json')
    settings = QUICK if quick else FULL

    with tempfile.TemporaryDirectory(prefix='pause-bench-') as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)
        measure.Copies.launch, measure.Holder.orphans = programs.tools(scratch)
        tested, missing = programs.programs(scratch, os.environ.get('PEERS', ''))
        if quick:
            tested = tested[:2] + [p for p in tested if p.named]
        results = {p.name: {'name': p.name, 'origin': p.origin, 'samples': {}} for p in tested}
        progress = Progress(7)
        begin = machine()
        files(tested, results, progress, scratch)
        memory(tested, results, progress, settings)
        starts(tested, results, progress, settings)
        orphans(tested, results, progress, settings)
        idle(tested, results, progress, settings)
        stops(tested, results, progress, settings)
        seconds = kill(tested[1], settings)
        progress.show('done', '\n')

    figures = {'machine': begin, 'settings': settings, 'missing': missing, 'kill': statistics.median(seconds),
               'kill_samples': seconds, 'programs': list(results.values())}
    part = target.with_name(target.name + '.part')
    part.write_text(text(figures))
    part.replace(target)
    print(report.terminal(figures))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
