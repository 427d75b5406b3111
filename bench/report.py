#!/usr/bin/env python3
"""Tables of the figures in bench/results.json.

usage: bench/report.py print           the tables, for a terminal
       bench/report.py write FILE...   puts them into Markdown files, between <!-- bench --> and <!-- /bench -->
       bench/report.py check FILE...   fails unless they stand there already

In a file whose name ends in .zh-CN.md the table is Chinese.
"""

import json
import re
import statistics
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / 'results.json'
NEVER = float('inf')


def spread(values):
    """Lower quartile, median and upper quartile, of one value or of samples, in which None is never."""
    if values is None or values == []:
        return None
    if not isinstance(values, list):
        return (values,) * 3
    if None in values:
        return (NEVER,) * 3
    if len(values) == 1:
        return (values[0],) * 3
    low, middle, high = statistics.quantiles(values, n=4, method='inclusive')
    return low, middle, high


class Column:
    """A property of a program: spread() of it, how it is written, and the least that is possible."""

    def __init__(self, en, zh, values, form='{:,.0f}', limit=None, ratio=False):
        self.title = {'en': en, 'zh': zh}
        self.values, self.form, self.limit, self.ratio = values, form, limit, ratio

    def spread(self, program, figures):
        found = spread(self.values(program))
        if found and self.ratio and found[1] != NEVER:
            ours = spread(self.values(figures['programs'][0]))[1]
            found = tuple(value / ours for value in found)
        return found

    def text(self, found, lang):
        if not found:
            return '—'
        low, middle, high = found
        if middle == NEVER:
            return {'en': 'never', 'zh': '永不'}[lang]
        low, middle, high = (self.number(value) for value in (low, middle, high))
        middle += '×' if self.ratio else ''
        return middle if low == high else f'{middle} ({low}–{high})'

    def number(self, value):
        if self.ratio:
            return f'{value:.2f}' if value < 10 else f'{value:,.0f}'
        return self.form.format(value)

    def limit_text(self, figures):
        if self.limit is None:
            return '—'
        if not callable(self.limit):
            return self.form.format(self.limit)
        return self.text(spread(self.limit(figures)), 'en')


def sample(key):
    return lambda program: program['samples'][key]


def one(key):
    return lambda program: program['samples']['one'][key]


def value(key):
    return lambda program: program[key]


def mean(key):
    """With the range instead of the quartiles: it takes few values, and where between them is the kernel's draw."""
    def triple(program):
        values = one(key)(program)
        return min(values), statistics.mean(values), max(values)
    return triple


def per_thousand(key):
    return lambda program: program[key] * 1000 / program['orphans']


def bare(values):
    return lambda figures: values(figures['programs'][1])


def killed(figures):
    ours = statistics.median(figures['programs'][0]['samples']['stop'])
    return [seconds / ours for seconds in figures['kill_samples']]


class Mean(Column):
    def spread(self, program, figures):
        return self.values(program)

    def limit_text(self, figures):
        return self.text(self.values(figures['programs'][1]), 'en')


FILE = Column('file, bytes', '文件（字节）', value('file_bytes'))
IMAGE = Column('image as pulled, bytes', '镜像下载量（字节）', value('image_bytes'))
SLOPE = Column('memory per pod, kB', '每个 pod 的内存（kB）', sample('slope'), '{:.1f}', bare(sample('slope')))
CALLS = Column('system calls until asleep', '入睡前的系统调用', value('syscalls'), limit=1)
WOKEN = Column('wake-ups per 1,000 orphans', '每千个孤儿进程的唤醒次数', per_thousand('orphan_wakeups'), limit=0)
ZOMBIES = Column('zombies per 1,000 orphans', '每千个孤儿进程留下的僵尸', per_thousand('zombies'), limit=0)
IDLE = Column('wake-ups in 10 s of nothing', '空闲 10 秒的唤醒次数', value('idle_wakeups'), limit=0)
STOP = Column('plainly', '平常', sample('stop'), limit=killed, ratio=True)
BLOCKED = Column('started with SIGTERM blocked', '启动时 SIGTERM 被屏蔽', sample('stop_blocked'), ratio=True)
PIPE = Column('stderr a full pipe', 'stderr 是满的管道', sample('stop_full_pipe'), ratio=True)
DYING = Column('while 10,000 orphans die', '一万个孤儿进程正在退出', sample('stop_orphans'), ratio=True)


def yes_or_never(column, en, zh):
    """The same column, told in a word."""
    def text(found, lang):
        return {'en': ('stops', 'never'), 'zh': ('停止', '永不')}[lang][found[1] == NEVER]
    plain = Column(en, zh, column.values)
    plain.text = text
    plain.spread = lambda program, figures: tuple(NEVER if v == NEVER else 0 for v in
                                                  Column.spread(plain, program, figures))
    return plain


SUMMARY = [
    FILE, IMAGE, SLOPE, CALLS, WOKEN, ZOMBIES, IDLE,
    yes_or_never(STOP, 'on SIGTERM', '收到 SIGTERM'),
    yes_or_never(BLOCKED, 'on SIGTERM that was blocked at the start', '启动时被屏蔽的 SIGTERM'),
    yes_or_never(PIPE, 'on SIGTERM while stderr is a full pipe', 'stderr 是满的管道时收到 SIGTERM'),
]
DETAILS = {
    ('Size and surface', '大小与暴露面'): [
        FILE, IMAGE,
        Column('files in the image', '镜像中的文件', value('image_files'), limit=1),
        Column('layers', '层', value('image_layers'), limit=1),
        Column('libraries', '动态库', value('libraries'), limit=0),
        Column('relocations', '重定位', value('relocations'), limit=0),
        Column('writable pages besides the stack', '栈以外的可写页', one('writable_pages'), limit=0),
        Column('executable pages', '可执行页', one('executable_pages'), limit=1),
    ],
    ('Memory', '内存'): [
        Mean('resident, kB', '常驻（kB）', mean('rss'), '{:.0f}'),
        Mean('private, kB', '私有（kB）', mean('anonymous'), '{:.0f}'),
        Mean('page tables, kB', '页表（kB）', mean('page_tables'), '{:.0f}'),
        Column('mappings', '映射', one('mappings'), limit=bare(one('mappings'))),
        SLOPE,
    ],
    ('From exec until asleep', '从 exec 到入睡'): [
        CALLS,
        Column('of them different', '其中不同的', lambda p: len(p['syscalls_used']), limit=1),
        Column('page faults', '缺页', sample('page_faults'), limit=bare(sample('page_faults'))),
        Column('instructions', '指令数', value('instructions')),
        Column('processor time', '处理器时间', sample('start'), ratio=True),
        Column('exec to exit of -v', '-v 从 exec 到退出', sample('version'), ratio=True),
    ],
    ('Orphans, and nothing', '孤儿进程与空闲'): [
        Column('orphans', '孤儿进程', value('orphans')),
        Column('zombies left', '留下的僵尸', value('zombies'), limit=0),
        WOKEN,
        Column('its processor time per orphan, µs', '每个孤儿耗用的处理器时间（µs）',
               lambda p: p['orphan_own_processor'] * 1e6 / p['orphans'], '{:.1f}', 0),
        Column('processor time of all', '总处理器时间', sample('orphan_processor'), ratio=True),
        Column('time', '用时', sample('orphan_seconds'), ratio=True),
        IDLE,
        Column('processor time in 10 s of nothing, µs', '空闲 10 秒的处理器时间（µs）',
               lambda p: p['idle_processor'] * 1e6, limit=0),
    ],
    ('From SIGTERM until gone', '从 SIGTERM 到消失'): [STOP, BLOCKED, PIPE, DYING],
}
# What counts higher, and no program is better or worse for it.
NEUTRAL = {'orphans', 'layers'}

WORDS = {
    'en': {
        'program': 'program', 'limit': 'the limit', 'better': 'Where another is better', 'than': '{} against {}',
        'all': 'All columns', 'marks': (': ', '; ', '.'),
        'notes': 'Each as PID 1 of a new PID namespace, on {processor}, {processors} processors, {kernel}. '
                 'The best of a column is bold. Memory per pod is the slope of what a memory cgroup is charged for '
                 '1, 10, 100 and 1,000 copies, kernel included. × is relative to pause, in brackets the quartiles '
                 '(for memory of one: least and most). Never is more than {never} seconds. The limit: one page of '
                 'text, the stack pages that the kernel itself fills, no wake-up, SIGKILL instead of SIGTERM.',
    },
    'zh': {
        'program': '程序', 'limit': '极限', 'better': '其他程序更好之处', 'than': '{}（pause 为 {}）', 'all': '全部数据',
        'marks': ('：', '；', '。'),
        'notes': '每个程序都作为新 PID 命名空间的 1 号进程，运行于 {processor}，{processors} 个处理器，{kernel}。'
                 '每列最好的值为粗体。“每个 pod 的内存”是 1、10、100、1000 个副本的内存 cgroup 计费（含内核部分）的斜率。'
                 '× 以 pause 为 1，括号内为四分位数（单个副本的内存为最小值与最大值）。“永不”指超过 {never} 秒。'
                 '极限：一页代码、内核自己填写的栈页、零次唤醒，以及用 SIGKILL 代替 SIGTERM。',
    },
}

NAMES = {  # where they are words
    'a bare loop, no libc': '裸循环，无 libc',
    'Kubernetes-style, musl': 'Kubernetes 写法，musl',
    'Kubernetes-style, glibc': 'Kubernetes 写法，glibc',
}


def name_of(program, lang):
    return NAMES.get(program['name'], program['name']) if lang == 'zh' else program['name']


def best(column, figures):
    """The programs whose spread is not worse than that of any other; times measured once or twice do not count."""
    found = {p['name']: column.spread(p, figures) for p in figures['programs']
             if not column.ratio or len(column.values(p)) > 2}
    found = {name: triple for name, triple in found.items() if triple}
    if column.title['en'] in NEUTRAL or not found:
        return set()
    least = min(triple[2] for triple in found.values())
    names = {name for name, triple in found.items() if triple[0] <= least and triple[1] != NEVER}
    return names if len(names) < len(found) else set()


def table(columns, figures, lang):
    """Rows of cells, the first one the heading; without columns that this machine could not measure."""
    columns = [column for column in columns if any(column.spread(p, figures) for p in figures['programs'])]
    winners = [best(column, figures) for column in columns]
    yield [WORDS[lang]['program'], *(column.title[lang] for column in columns)], False
    for program in figures['programs']:
        cells = [column.text(column.spread(program, figures), lang) for column in columns]
        bold = [f'**{cell}**' if program['name'] in names else cell for cell, names in zip(cells, winners)]
        yield [name_of(program, lang), *bold], False
        if program is figures['programs'][0]:
            yield [WORDS[lang]['limit'], *(column.limit_text(figures) for column in columns)], True


def markdown_table(columns, figures, lang):
    (heading, _), *rows = table(columns, figures, lang)
    lines = [heading, ['---', *['--:'] * len(columns)]]
    lines += [[f'*{cell}*' for cell in cells] if limit else cells for cells, limit in rows]
    return '\n'.join(f'| {" | ".join(cells)} |' for cells in lines)


def better(figures, lang):
    """A sentence for every column in which pause is not among the best."""
    ours, seen = figures['programs'][0], []
    for column in dict.fromkeys([*SUMMARY, *(c for columns in DETAILS.values() for c in columns)]):
        names = best(column, figures)
        if not names or ours['name'] in names or column.title[lang] in [title for title, _ in seen]:
            continue
        theirs = min((p for p in figures['programs'] if p['name'] in names),
                     key=lambda p: column.spread(p, figures)[1])
        texts = [column.text(column.spread(p, figures), lang) for p in (theirs, ours)]
        seen.append((column.title[lang], f'{name_of(theirs, lang)}, {WORDS[lang]["than"].format(*texts)}'))
    return [f'{title}{WORDS[lang]["marks"][0]}{text}' for title, text in seen]


def markdown(figures, lang):
    words = WORDS[lang]
    parts = [markdown_table(SUMMARY, figures, lang)]
    parts.append(words['notes'].format(never='3', **figures['machine']))
    losses = better(figures, lang)
    if losses:
        colon, semicolon, stop = words['marks']
        parts.append(words['better'] + colon + semicolon.join(losses) + stop)
    details = [f'<details><summary>{words["all"]}</summary>']
    for (en, zh), columns in DETAILS.items():
        details += [f'**{en if lang == "en" else zh}**', markdown_table(columns, figures, lang)]
    return '\n\n'.join([*parts, *details, '</details>'])


def terminal(figures):
    lines = []
    for (title, _), columns in DETAILS.items():
        (heading, _), *rows = table(columns, figures, 'en')
        lines += ['', title, f'{"":26}' + ' '.join(f'{chr(97 + i):>20}' for i in range(len(columns)))]
        lines += [f'{cells[0][:26]:26}' + ' '.join(f'{cell.replace("**", ""):>20}' for cell in cells[1:])
                  for cells, _ in rows]
        lines += [f'  {chr(97 + i)} {name}' for i, name in enumerate(heading[1:])]
    lines += ['', 'Where another is better than pause:', *(f'  {line}' for line in better(figures, 'en'))]
    if figures['missing']:
        lines += ['', 'Not installed, so not measured: ' + ', '.join(figures['missing'])]
    return '\n'.join(lines)


MARKED = re.compile(r'(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)', re.DOTALL)


def put(path, figures):
    """The file's text, and what it should be."""
    text = path.read_text()
    if len(MARKED.findall(text)) != 1:
        raise SystemExit(f'report.py: {path}: needs one line <!-- bench --> and, below it, one <!-- /bench -->')
    lang = 'zh' if path.name.endswith('.zh-CN.md') else 'en'
    return text, MARKED.sub(lambda _: f'\n{markdown(figures, lang)}\n\n', text)


def main(arguments):
    if not arguments or arguments[0] not in ('print', 'write', 'check') or (arguments[0] == 'print') != (
            len(arguments) == 1):
        print(__doc__, file=sys.stderr)
        return 2
    figures = json.loads(RESULTS.read_text())
    if arguments[0] == 'print':
        print(terminal(figures))
    stale = []
    for path in map(Path, arguments[1:]):
        text, wanted = put(path, figures)
        if arguments[0] == 'check' and text != wanted:
            stale.append(str(path))
        elif text != wanted:
            part = path.with_name(path.name + '.part')
            part.write_text(wanted)
            part.replace(path)
    if stale:
        print(f'report.py: {", ".join(stale)}: not the table of bench/results.json; run: make bench-report',
              file=sys.stderr)
    return 1 if stale else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
