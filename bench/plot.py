#!/usr/bin/env python3
"""Draws bench/*.svg from bench/results.json with gnuplot.

usage: bench/plot.py [FOLDER]

No background, and colours of middle brightness: the pictures are readable on white and on black.
"""

import hashlib
import json

import subprocess
import sys
from pathlib import Path

from report import RESULTS

INK, OURS, THEIRS, LIMIT, NEVER = '#7d8590', '#d9730d', '#5b8db8', '#8f6fc1', '#b5484a'
HEAD = '''
set terminal svg size {width}, {height} dynamic noenhanced font "system-ui,-apple-system,Helvetica,Arial,sans-serif,13"
set datafile separator "\\t"
set border 0
set key off
set tics scale 0 textcolor rgb "{ink}"
set grid xtics linetype 1 linewidth 0.5 linecolor rgb "{ink}90"
'''
# One of the panels of a picture: the programs' names stand beside the first.
PANEL = '''
$panel{i} << EOD
{rows}
EOD
set lmargin at screen {left}
set rmargin at screen {right}
set tmargin at screen {top}
set bmargin at screen {bottom}
set title "{title}" textcolor rgb "{ink}" offset 0, -0.5
unset logscale
{scale}
set xrange [{low}:{high}]
set yrange [0.4:{count}.6]
{ytics}
plot $panel{i} using ({low}):1:($2 - {low}):(0):(int($3)) with vectors nohead linewidth 6 linecolor rgb variable, \\
     $panel{i} using 2:1:4 with labels left offset 0.5, 0 textcolor rgb "{ink}"
'''
PODS = '''
set lmargin at screen 0.08
set rmargin at screen 0.74
set tmargin at screen 0.9
set bmargin at screen 0.13
set title "memory of N pods, MiB" textcolor rgb "{ink}" offset 0, -0.5
set xlabel "pods" textcolor rgb "{ink}"
set xrange [0:1000]
set yrange [0:{high}]
set grid xtics ytics
{data}
{labels}
plot {lines}
'''

def colour(program, figures):
    place = figures['programs'].index(program)
    return (OURS, LIMIT)[place] if place < 2 else THEIRS

def gnuplot(path, width, height, text):
    part = path.with_name(path.name + '.part')
    text = HEAD.format(width=width, height=height, ink=INK) + f'set output "{part}"\n' + text
    subprocess.run(['gnuplot', '-'], input=text, text=True, check=True)
    digest = hashlib.sha256(RESULTS.read_bytes()).hexdigest()
    part.write_text(f'{part.read_text()}<!-- of results.json, sha256 {digest} -->\n')
    part.replace(path)

def bars(path, figures, panels):
    """A row per program and a bar in each panel: (title, value and text of a program, lowest, highest, log scale?)."""
    programs = figures['programs'][::-1]
    height = 70 + 22 * len(programs)
    text, width = 'set multiplot\n', 0.8 / len(panels)
    for i, (title, values, low, high, log) in enumerate(panels):
        rows = []
        for place, program in enumerate(programs, 1):
            value, label = values(program)
            own = NEVER if label == 'never' else colour(program, figures)
            rows.append(f'{place}\t{min(max(value, low), high)}\t0x{own[1:]}\t{label}')
        names = ', '.join(f'"{p["name"]}" {place}' for place, p in enumerate(programs, 1))
        ytics = 'unset ytics' if i else f'set ytics nomirror textcolor rgb "{INK}" ({names})'
        left = 0.19 + i * width
        text += PANEL.format(i=i, rows='\n'.join(rows), left=left, right=left + width - 0.075, top=1 - 36 / height,
                             bottom=28 / height, title=title, ink=INK, low=low, high=high, count=len(programs),
                             ytics=ytics, scale='set logscale x\n' + log if log else 'set xtics autofreq format "%g"')
    gnuplot(path, 900, height, text + 'unset multiplot\n')

def bytes_text(number):
    for unit in ('B', 'kB', 'MB'):
        if number < 1000:
            return f'{number:.3g} {unit}'
        number /= 1000
    return f'{number:.3g} GB'

BYTES = 'set xtics ("100 B" 1e2, "1 kB" 1e3, "10 kB" 1e4, "100 kB" 1e5, "1 MB" 1e6, "10 MB" 1e7)'
TIMES = 'set xtics ("1 ms" 1e-3, "1 s" 1)'

def size_memory(path, figures):
    most = max(p['slope'] for p in figures['programs'])
    bars(path, figures, [
        ('image as pulled, log scale', lambda p: (p['image_bytes'], bytes_text(p['image_bytes'])), 100, 1e7, BYTES),
        ('memory of each of 1,000 pods, kB', lambda p: (p['slope'], f'{p["slope"]:.0f}'), 0, most * 1.15, None)])

def orphans(path, figures):
    def per_thousand(key):
        def values(program):
            number = program[key] * 1000 / program['orphans']
            return number, f'{number:,.0f}'
        return values
    bars(path, figures, [('wake-ups per 1,000 orphans', per_thousand('orphan_wakeups'), 0, 1150, None),
                         ('zombies left per 1,000 orphans', per_thousand('zombies'), 0, 1150, None)])

def stop(path, figures):
    def values(key):
        def of(program):
            seconds = program[key]
            if seconds is None:
                return 10, 'never'
            return seconds, f'{seconds * 1000:.0f} ms' if seconds > 0.01 else f'{seconds * 1000:.2g} ms'
        return of
    bars(path, figures, [(title, values(key), 5e-5, 10, TIMES) for title, key in (
        ('SIGTERM, log scale', 'stop'), ('blocked at the start', 'stop_blocked'), ('stderr a full pipe', 'stop_full_pipe'),
        ('while 10,000 orphans die', 'stop_orphans'))])

def spaced(places, gap):
    """The same places in ascending order, moved as little as it takes for a gap between each two."""
    groups = []  # of places that touch: [their number, where the first one goes]
    for place in places:
        groups.append([1, place])
        while len(groups) > 1 and groups[-1][1] < groups[-2][1] + groups[-2][0] * gap:
            (many, low), (more, high) = groups[-2:]
            low = (many * low + more * (high - many * gap)) / (many + more)
            groups[-2:] = [[many + more, low]]
    return [low + i * gap for many, low in groups for i in range(many)]


def pods(path, figures):
    height, data, lines, ends = 480, [], [], []
    for i, program in enumerate(figures['programs'][::-1]):
        charged = [(int(count), value / 2 ** 20) for count, value in program['charged'].items()]
        data.append('\n'.join([f'$pods{i} << EOD', *(f'{count}\t{mib}' for count, mib in charged), 'EOD']))
        own = colour(program, figures)
        lines.append(f'$pods{i} with linespoints pointtype 7 pointsize 0.4 linewidth 2 linecolor rgb "{own}"')
        ends.append((charged[-1][1], f'{program["name"]}: {charged[-1][1]:.0f} MiB', own))
    high = max(mib for mib, _, _ in ends) * 1.05
    ends.sort()
    places = spaced([mib for mib, _, _ in ends], high * 17 / (height * 0.77))
    labels = [f'set label "{name}" at 1000, {place} left offset 1, 0 textcolor rgb "{own}"'
              for place, (_, name, own) in zip(places, ends)]
    gnuplot(path, 900, height, PODS.format(ink=INK, high=high, data='\n'.join(data), labels='\n'.join(labels),
                                           lines=', \\\n'.join(lines)))

def main(arguments):
    figures = json.loads(RESULTS.read_text())
    folder = Path(arguments[0]) if arguments else RESULTS.parent
    for name, draw in (('size-memory', size_memory), ('pods', pods), ('orphans', orphans), ('stop', stop)):
        draw(folder / f'{name}.svg', figures)
    return 0

if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
