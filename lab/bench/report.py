#!/usr/bin/env python3
"""Puts the figures of lab/bench/results.json into the pages, between <!-- bench --> and <!-- /bench -->.

usage: lab/bench/report.py write|check

README gets a short table, in both languages, and docs/comparison.md all of it. check changes nothing; it fails when a
page says something else.
"""

import json
import re
import statistics
import sys
from dataclasses import dataclass
from math import inf as NEVER

from measure import STATES
from programs import ROOT

RESULTS = ROOT / 'lab' / 'bench' / 'results.json'
MARKED = re.compile(r'(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)', re.DOTALL)


@dataclass
class Column:
    """A figure of each program, one value or samples, of which less is better."""

    key: str
    title: str
    form: str = '{:,.0f}'

    def spread(self, program):
        """Lower quartile, median and upper quartile."""
        values = program[self.key] if isinstance(program[self.key], list) else [program[self.key]]
        if None in values:
            return (NEVER,) * 3
        return statistics.quantiles(values, n=4, method='inclusive') if len(values) > 1 else values * 3

    def text(self, program, say):
        spread = self.spread(program)
        if NEVER in spread:
            return say('never')
        low, median, high = map(self.form.format, spread)
        return median if low == high else f'{median} ({low}–{high})'


class Stops(Column):
    """The times of STATES in one column, in words."""

    def spread(self, program):
        return (sum(None in program[state] for state in STATES),) * 3

    def text(self, program, say):
        blocked, stuck = (None in program[state] for state in ('stop_blocked', 'stop_full_pipe'))
        if None in program['stop']:
            return say('never')
        if blocked and stuck:
            return say('not when blocked or stderr is stuck')
        return say('not when blocked' if blocked else 'not when stderr is stuck' if stuck else 'always')


FILE = Column('file', 'file, bytes')
LAYER = Column('layer', 'compressed layer, bytes')
MEMORY = Column('slope', 'memory per pod, kB', '{:.1f}')
WOKEN = Column('orphan_wakeups', 'wake-ups per 1,000 orphans')
ZOMBIES = Column('zombies', 'zombies per 1,000 orphans')
README = [FILE, LAYER, MEMORY, WOKEN, ZOMBIES, Stops('stop', 'stops on SIGTERM')]
TABLES = {
    'Size': [FILE, LAYER, Column('files', 'files in the image')],
    'Memory': [Column('resident', 'resident, kB'), Column('page_tables', 'page tables, kB'), MEMORY],
    'Orphans, and nothing': [
        WOKEN, ZOMBIES, Column('idle_wakeups', 'wake-ups in 10 s of nothing'),
    ],
    'From SIGTERM until gone, where pause takes 1': [
        Column('stop', 'plainly', '{:.2f}'),
        Column('stop_blocked', 'started with SIGTERM blocked', '{:.2f}'),
        Column('stop_full_pipe', 'stderr a full pipe', '{:.2f}'),
    ],
}
NOTES = ('Each as PID 1 of a new PID namespace, on {processor}, {processors} processors, {kernel}. The best of a '
         'column is bold, in brackets are the quartiles. Blocked: started with SIGTERM blocked; stuck: a full pipe '
         'that nobody reads.')
BETTER, SEMICOLON, THAN = 'Where another is better: {}.', '; ', '{}: {}, {} against {}'
CHINESE = {
    NOTES: '每个程序都是新 PID 命名空间的 1 号进程，运行于 {processor}，{processors} 个处理器，{kernel}。每列最好的值为粗体，'
           '括号内为四分位数。“被屏蔽”：启动时 SIGTERM 已被屏蔽；“堵塞”：无人读取的满管道。',
    BETTER: '其他程序更好之处：{}。', SEMICOLON: '；', THAN: '{}：{} 为 {}，pause 为 {}',
    'program': '程序', 'a bare loop, no libc': '裸循环，无 libc', 'Kubernetes-style, glibc': 'Kubernetes 写法，glibc',
    FILE.title: '文件（字节）', LAYER.title: '压缩后的层（字节）', MEMORY.title: '每个 pod 的内存（kB）',
    WOKEN.title: '每千个孤儿进程的唤醒次数', ZOMBIES.title: '每千个孤儿进程留下的僵尸',
    'stops on SIGTERM': '收到 SIGTERM 时停止', 'always': '总是', 'never': '从不', 'not when blocked': '除非信号被屏蔽',
    'not when stderr is stuck': '除非 stderr 堵塞', 'not when blocked or stderr is stuck': '除非信号被屏蔽或 stderr 堵塞',
}


def load(text):
    """What compare.py measured. Seconds, the machine's own, become multiples of what pause, the first, takes."""
    figures = json.loads(text)
    unit = statistics.median(figures['programs'][0]['stop'])
    for program in figures['programs']:
        for state in STATES:
            program[state] = [seconds and seconds / unit for seconds in program[state]]
    return figures


def best(column, programs):
    """The names of those that are not worse than any other by more than the spread."""
    spreads = {program['name']: column.spread(program) for program in programs}
    least = min(high for _, _, high in spreads.values())
    names = [name for name, (low, _, _) in spreads.items() if least < NEVER and (
        low <= least or column.form.format(low) == column.form.format(least))]
    return names if len(names) < len(spreads) else []


def table(columns, programs, say=str):
    rows = [[say('program'), *(say(column.title) for column in columns)], ['---', *['--:'] * len(columns)]]
    winners = [best(column, programs) for column in columns]
    for program in programs:
        texts = [column.text(program, say) for column in columns]
        rows.append([say(program['name']).replace('|', r'\|'),
                     *(f'**{text}**' if program['name'] in names else text for text, names in zip(texts, winners))])
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


def better(columns, programs, say=str):
    """Every column in which pause is not among the best, and who is."""
    found, pause = [], programs[0]
    for column in columns:
        names = best(column, programs)
        if names and pause['name'] not in names:
            other = next(program for program in programs if program['name'] == names[0])
            found.append(say(THAN).format(say(column.title), say(other['name']), column.text(other, say),
                                          column.text(pause, say)))
    return [say(BETTER).format(say(SEMICOLON).join(found))] if found else []


def short(figures, say=str):
    programs = [program for program in figures['programs'] if program['readme']]
    return '\n\n'.join([table(README, programs, say), say(NOTES).format(**figures['machine']),
                        *better(README, programs, say)])


def full(figures):
    programs = figures['programs']
    parts = [NOTES.format(**figures['machine']), *better(sum(TABLES.values(), []), programs)]
    for title, columns in TABLES.items():
        parts += [f'### {title}', table(columns, programs)]
    origins = [f'- {program["name"]}: {program["origin"]}' for program in programs]
    return '\n\n'.join([*parts, '### What they are', '\n'.join(origins)])


def main(arguments):
    if arguments not in (['write'], ['check']):
        print(__doc__, file=sys.stderr)
        return 2
    figures, stale = load(RESULTS.read_text()), []
    pages = {'README.md': short(figures), 'docs/comparison.md': full(figures),
             'README.zh-CN.md': short(figures, lambda text: CHINESE.get(text, text))}
    for name, content in pages.items():
        text = (ROOT / name).read_text()
        if len(MARKED.findall(text)) != 1:
            raise SystemExit(f'report.py: {name}: needs one line <!-- bench --> and, below it, one <!-- /bench -->')
        wanted = MARKED.sub(lambda _, content=content: f'\n{content}\n\n', text)
        if text != wanted and arguments == ['check']:
            stale.append(name)
        elif text != wanted:
            (ROOT / name).write_text(wanted)
    if stale:
        print(f'report.py: {", ".join(stale)}: not as in lab/bench/results.json; run: make -C lab bench-report',
              file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
