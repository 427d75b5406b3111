#!/usr/bin/env python3
"""Puts the figures of lab/bench/results.json into the pages, between <!-- bench --> and <!-- /bench -->.

usage: lab/bench/report.py

README gets a short table, in both languages, and docs/comparison.md all of it, and a picture.
"""

import json
from dataclasses import dataclass
from math import inf as NEVER
from math import log10
from statistics import median

import pages
from measure import STATES
from programs import ROOT

RESULTS = ROOT / 'lab' / 'bench' / 'results.json'


@dataclass
class Column:
    """A figure of each program, one value or samples, of which less is better."""

    key: str
    title: str
    form: str = '{:,.0f}'

    def samples(self, program):
        return program[self.key] if isinstance(program[self.key], list) else [program[self.key]]

    def spread(self, program):
        """Lower quartile, median and upper quartile."""
        values = self.samples(program)
        return (NEVER,) * 3 if None in values else pages.quartiles(values)

    def text(self, program, say):
        values = self.samples(program)
        return say('never') if None in values else pages.spread(values, self.form)


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
    unit = median(figures['programs'][0]['stop'])
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
    rows = []
    winners = [best(column, programs) for column in columns]
    for program in programs:
        texts = [column.text(program, say) for column in columns]
        rows.append([say(program['name']).replace('|', r'\|'),
                     *(f'**{text}**' if program['name'] in names else text for text, names in zip(texts, winners))])
    return pages.table([say('program'), *(say(column.title) for column in columns)], rows)


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


def in_bytes(value):
    return f'{value / 1e6:.3g} MB' if value >= 1e6 else f'{value / 1e3:.3g} kB' if value >= 1e3 else f'{value} B'


def main():
    figures = load(RESULTS.read_text())
    programs = figures['programs']
    most = max(median(program['slope']) for program in programs)
    pages.put('bench', 'README.md', short(figures))
    pages.put('bench', 'README.zh-CN.md', short(figures, lambda text: CHINESE.get(text, text)))
    pages.put('bench', 'docs/comparison.md', full(figures))
    pages.draw('size-memory', programs,
               ('compressed layer, log scale', 'layer', in_bytes, lambda size: log10(size / 100) / 5),
               ('memory of each of 1,000 pods, kB', 'slope', '{:.0f}'.format, lambda size: size / most))


if __name__ == '__main__':
    main()
