#!/usr/bin/env python3
"""Draws lab/bench/size-memory.svg from lab/bench/results.json with gnuplot.

No background, and colours of middle brightness: the picture is readable on white and on black.
"""

import hashlib
import subprocess
from statistics import median

from report import RESULTS, load

INK, OURS, THEIRS, NEVER = '#7d8590', '#d9730d', '#5b8db8', '#b5484a'
HEAD = f'''
set terminal svg size 900, {{height}} dynamic noenhanced font "system-ui,-apple-system,Helvetica,Arial,sans-serif,13"
set output "{{output}}"
set datafile separator "\\t"
set border 0
set key off
set title textcolor rgb "{INK}" offset 0, -0.5
set tics scale 0 textcolor rgb "{INK}"
set grid xtics linetype 1 linewidth 0.5 linecolor rgb "{INK}90"
'''
# One of the panels of a picture: the programs' names stand beside the first.
PANEL = f'''
$rows << EOD
{{rows}}
EOD
set margins screen {{left}}, screen {{right}}, screen {{bottom}}, screen {{top}}
set title "{{title}}"
set xtics {{xtics}}
{{names}} ytics
set xrange [{{low}}:{{high}}]
set yrange [0.4:{{count}}.6]
plot $rows using ({{low}}):1:($2 - {{low}}):(0):(int($3)) with vectors nohead linewidth 6 linecolor rgb variable, \\
     $rows using 2:1:4:ytic(5) with labels left offset 0.5, 0 textcolor rgb "{INK}"
unset logscale
'''
LOG_BYTES = '("100 B" 1e2, "1 kB" 1e3, "10 kB" 1e4, "100 kB" 1e5, "1 MB" 1e6, "10 MB" 1e7)\nset logscale x'


def draw(name, height, text, results=RESULTS):
    picture = results.with_name(f'{name}.svg')
    part = picture.with_suffix('.part')
    subprocess.run(['gnuplot'], input=HEAD.format(height=height, output=part) + text, text=True, check=True)
    digest = hashlib.sha256(results.read_bytes()).hexdigest()
    part.write_text(f'{part.read_text()}<!-- of {results.name}, sha256 {digest} -->\n')
    part.replace(picture)


def bars(picture, programs, *panels, results=RESULTS):
    """A row per program, a bar in each panel: title, lowest and highest value, tics, key, and how its value is told."""
    height, width, text = 70 + 22 * len(programs), 0.8 / len(panels), 'set multiplot\n'
    for i, (title, low, high, xtics, key, told) in enumerate(panels):
        rows = []
        for place, program in enumerate(programs[::-1], 1):
            samples = program[key] if isinstance(program[key], list) else [program[key]]
            value = high if None in samples else median(samples)
            label, own = ('never', NEVER) if None in samples else (told(value), colour(program))
            rows.append(f'{place}\t{min(max(value, low), high)}\t0x{own[1:]}\t{label}\t{short(program)}')
        left = 0.19 + i * width
        text += PANEL.format(rows='\n'.join(rows), left=left, right=left + width - 0.075, top=1 - 36 / height,
                             bottom=28 / height, title=title, xtics=xtics, low=low, high=high,
                             names='unset' if i else 'set', count=len(programs))
    draw(picture, height, text + 'unset multiplot\n', results)


def colour(program):
    return OURS if program['name'] == 'pause' else THEIRS


def short(program):
    """Its name, as far as there is room for it."""
    return program['name'].replace('"', '')[:24]


def in_bytes(value):
    return f'{value / 1e6:.3g} MB' if value >= 1e6 else f'{value / 1e3:.3g} kB' if value >= 1e3 else f'{value} B'


def main():
    programs = load(RESULTS.read_text())['programs']
    most = 1.15 * max(median(program['slope']) for program in programs)
    bars('size-memory', programs, ('compressed layer, log scale', 100, 1e7, LOG_BYTES, 'layer', in_bytes),
         ('memory of each of 1,000 pods, kB', 0, most, 'autofreq', 'slope', '{:.0f}'.format))


if __name__ == '__main__':
    main()
