"""What the writers of the pages share: how figures are told, put into a page, and drawn.

No background, and colours of middle brightness: the pictures are readable on white and on black.
"""

import html
import re
from statistics import median, quantiles

from programs import ROOT

INK, OURS, THEIRS, NEVER = '#7d8590', '#d9730d', '#5b8db8', '#b5484a'
WIDTH, NAMES, TOP, ROW = 900, 170, 30, 22  # of a picture, of the names in it, of its titles, of a row


def quartiles(values):
    """The lower one, the median and the upper one."""
    return quantiles(values, n=4, method='inclusive') if len(values) > 1 else values * 3


def spread(values, form='{:.2f}'):
    """The median, and in brackets the quartiles where they differ."""
    low, middle, high = map(form.format, quartiles(values))
    return middle if low == high else f'{middle} ({low}–{high})'


def ratios(ours, theirs):
    return [mine / other for mine, other in zip(ours, theirs)]


def table(head, rows):
    """In Markdown; all columns but the first have numbers."""
    return '\n'.join(f'| {" | ".join(row)} |' for row in (head, ['---', *['--:'] * (len(head) - 1)], *rows))


def put(mark, name, content):
    """Puts this into a page, between <!-- mark --> and <!-- /mark -->."""
    between = re.compile(rf'(?<=<!-- {mark} -->\n).*?(?=<!-- /{mark} -->)', re.DOTALL)
    text, places = between.subn(lambda _: f'\n{content}\n\n', (ROOT / name).read_text())
    if places != 1:
        raise SystemExit(f'{name}: needs one line <!-- {mark} --> and, below it, one <!-- /{mark} -->')
    (ROOT / name).write_text(text)


def draw(name, programs, *panels):
    """Draws lab/bench/NAME.svg, a row per program, with a bar in each panel.

    A panel is its title, the key of its values, how one is told, and how long its bar is, from 0 to 1.
    """
    width, height = (WIDTH - NAMES) / len(panels), TOP + ROW * len(programs)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" fill="{INK}"'
             ' font-family="system-ui, sans-serif" font-size="13">']

    def text(x, y, words, more=''):
        lines.append(f'<text x="{x:.0f}" y="{y}"{more}>{html.escape(words)}</text>')

    for row, program in enumerate(programs):
        text(NAMES - 8, TOP + ROW * row + 12, program['name'][:24], ' text-anchor="end"')
    for panel, (title, key, told, length) in enumerate(panels):
        left = NAMES + panel * width
        text(left, 16, title, ' font-weight="bold"')
        for row, program in enumerate(programs):
            samples = program[key] if isinstance(program[key], list) else [program[key]]
            label, share, colour = 'never', 1, NEVER
            if None not in samples:
                label, share = told(median(samples)), min(max(length(median(samples)), 0), 1)
                colour = OURS if program['name'] == 'pause' else THEIRS
            bar, y = share * (width - 75), TOP + ROW * row
            lines.append(f'<rect x="{left:.0f}" y="{y + 5}" width="{bar:.1f}" height="6" fill="{colour}"/>')
            text(left + bar + 5, y + 12, label)
    (ROOT / 'lab' / 'bench' / f'{name}.svg').write_text('\n'.join([*lines, '</svg>', '']))
