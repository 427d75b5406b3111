#!/usr/bin/python3
"""Puts the figures of keep.json into docs/keep-alive.md, between <!-- bench-keep --> and its end, and draws them.

usage: lab/bench/keep_report.py
"""

import json
import textwrap
from statistics import median

import pages
from keep import IMAGE_MOUNTED, MOUNTED, RESULTS, SLEEP
from pages import ratios, spread

HEAD = ('to start, where `sleep infinity` takes 1', 'to stop, s', 'status', 'processes', 'cgroup, kB',
        'wake-ups in 10 s of nothing', 'wake-ups per 1,000 orphans', 'zombies per 1,000 orphans')


def samples(name):
    """Which starts count: there are more of the mounted file's."""
    return 'pair' if name == MOUNTED else 'start'


def row(name, way, sleep):
    started = '1' if way is sleep else spread(ratios(way[samples(name)], sleep[samples(name)]))
    return (f'`{name}`' if 'pause' not in name else name, started, spread(way['stop']),
            ', '.join(map(str, way['status'])), way['processes'], f'{way["cgroup"] / 1000:,.0f}',
            f'{way["idle_wakeups"]:.0f}', f'{way["orphan_wakeups"]:,}', f'{way["zombies"]:,}')


def content(figures):
    lines, counts = [], figures['counts']
    for name, engine in figures['engines'].items():
        rows = [map(str, row(way, found, engine['ways'][SLEEP])) for way, found in engine['ways'].items()]
        lines += [f'**{name.title()} {engine["version"]}**', '', pages.table(['first process', *HEAD], rows)]
        if IMAGE_MOUNTED not in engine['ways']:
            lines += ['', 'This version cannot mount an image.']
        lines += ['']
    lines += ['**Memory of each of 1,000 such processes**, as `make -C lab bench` counts it', '',
              pages.table(['first process', 'kB'],
                          ([f'`{way}`' if way != MOUNTED else 'pause', spread(found, '{:.1f}')]
                           for way, found in figures['memory'].items()))]
    machine = figures['machine']
    note = (f'On {machine["processor"]}, {machine["processors"]} processors, {machine["kernel"]}; in brackets are the '
            f'quartiles, of {counts["pairs"]} pairs of starts for the mounted file, {counts["starts"]} for the others, '
            f'and {counts["stops"]} stops.')
    return '\n'.join([*lines, '', *textwrap.wrap(note, 120)])


def main():
    figures = json.loads(RESULTS.read_text())
    pages.put('bench-keep', 'docs/keep-alive.md', content(figures))
    _, engine = list(figures['engines'].items())[-1]  # the one that can do most
    rows = [{'name': 'pause' if name == MOUNTED else name, 'stop': way['stop'], 'zombies': way['zombies'],
             'memory': figures['memory'].get(name, figures['memory'][MOUNTED])}
            for name, way in engine['ways'].items()]
    most = max(median(r['memory']) for r in rows)
    pages.draw('keep', rows, ('time to stop, s', 'stop', '{:.2f}'.format, lambda seconds: seconds / 10.5),
               ('zombies per 1,000 orphans', 'zombies', '{:,.0f}'.format, lambda zombies: zombies / 1000),
               ('memory of each of 1,000, kB', 'memory', '{:.0f}'.format, lambda size: size / most))


if __name__ == '__main__':
    main()
