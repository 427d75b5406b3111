#!/usr/bin/python3
"""Puts the figures of keep.json into docs/keep-alive.md, between <!-- bench-keep --> and <!-- /bench-keep -->.

usage: lab/bench/keep_report.py write|check

write draws lab/bench/keep.svg, too. check changes nothing; it fails when the page says something else.
"""

import json
import re
import sys
import textwrap
from statistics import median

import plot
from keep import IMAGE_MOUNTED, MOUNTED, SLEEP
from programs import ROOT
from worth import ratios, spread

RESULTS, PAGE = ROOT / 'lab' / 'bench' / 'keep.json', ROOT / 'docs' / 'keep-alive.md'
MARKED = re.compile(r'(?<=<!-- bench-keep -->\n).*?(?=<!-- /bench-keep -->)', re.DOTALL)
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
        lines += [f'**{name.title()} {engine["version"]}**', '', '| first process | ' + ' | '.join(HEAD) + ' |',
                  '| --- |' + ' --: |' * len(HEAD)]
        sleep = engine['ways'][SLEEP]
        lines += ['| ' + ' | '.join(map(str, row(way, found, sleep))) + ' |' for way, found in engine['ways'].items()]
        if IMAGE_MOUNTED not in engine['ways']:
            lines += ['', 'This version cannot mount an image.']
        lines += ['']
    lines += ['**Memory of each of 1,000 such processes**, as `make -C lab bench` counts it', '',
              '| first process | kB |', '| --- | --: |']
    lines += [f'| {"pause" if way == MOUNTED else f"`{way}`"} | {spread(found, "{:.1f}")} |'
              for way, found in figures['memory'].items()]
    machine = figures['machine']
    note = (f'On {machine["processor"]}, {machine["processors"]} processors, {machine["kernel"]}; in brackets are the '
            f'quartiles, of {counts["pairs"]} pairs of starts for the mounted file, {counts["starts"]} for the others, '
            f'and {counts["stops"]} stops.')
    return '\n'.join([*lines, '', *textwrap.wrap(note, 120)])


def draw(figures):
    """The engine that can do most."""
    _, engine = list(figures['engines'].items())[-1]
    rows = [{'name': 'pause' if name == MOUNTED else name, 'stop': median(way['stop']), 'zombies': way['zombies'],
             'memory': median(figures['memory'].get(name, figures['memory'][MOUNTED]))}
            for name, way in engine['ways'].items()]
    most = 1.2 * max(r['memory'] for r in rows)
    plot.bars('keep', rows, ('time to stop, s', 0, 12, '5', 'stop', '{:.2f}'.format),
              ('zombies per 1,000 orphans', 0, 1250, '500', 'zombies', '{:,.0f}'.format),
              ('memory of each of 1,000, kB', 0, most, '200', 'memory', '{:.0f}'.format), results=RESULTS)


def main(arguments):
    if arguments not in (['write'], ['check']):
        print(__doc__, file=sys.stderr)
        return 2
    figures, text = json.loads(RESULTS.read_text()), PAGE.read_text()
    wanted = MARKED.sub(lambda _: f'\n{content(figures)}\n\n', text)
    if arguments == ['write']:
        PAGE.write_text(wanted)
        draw(figures)
    elif text != wanted:
        print('keep_report.py: docs/keep-alive.md: not as in lab/bench/keep.json; run: make -C lab bench-keep-report',
              file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
