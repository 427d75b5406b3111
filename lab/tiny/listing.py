#!/usr/bin/env python3
"""Accounts for each byte of the smallest pause: listing.py [--grid] FILE

Prints a line for each run of bytes that are the same field of the ELF header, the same field of the program header and
the same instruction. "*" marks the fields that the kernel reads, "..." an instruction that goes on in the next field.
--grid draws the same as a grid of coloured bytes (SVG).
"""

import itertools
import re
import subprocess
import sys
import tempfile

# Name and size of each field, in the order of <linux/elf.h>.
ELF = '''e_ident[0..3]* 4 e_ident[4..15] 12 e_type* 2 e_machine* 2 e_version 4 e_entry* 8 e_phoff* 8 e_shoff 8
    e_flags 4 e_ehsize 2 e_phentsize* 2 e_phnum* 2 e_shentsize 2 e_shnum 2 e_shstrndx 2'''.split()
PROGRAM = 'p_type* 4 p_flags* 4 p_offset* 8 p_vaddr* 8 p_paddr 8 p_filesz* 8 p_memsz* 8 p_align 8'.split()
WIDTH, HEIGHT, TOP, LEFT, COLUMNS = 86, 48, 64, 34, 8  # of a byte in the grid, the grid's place, bytes in a row
HEAD = '''<style>.read{fill:#9ec5fe}.code{fill:#ffd98a}.both{fill:#a3d9a5}.unread{fill:#e9ecef}rect{stroke:#fff}
.byte{font:bold 15px monospace}.small{font-size:8px}.at{fill:#888;font-family:monospace}</style>
<rect width="100%" height="100%" fill="#fff"/>'''


def fields(words, at):
    """{place in the file: name of the field}"""
    names = [name for name, size in zip(words[::2], words[1::2]) for _ in range(int(size))]
    return dict(enumerate(names, at))


def instructions(file, at):
    """{place of a byte: (where its instruction begins, its text)}, from a place on, as the processor follows them.

    A jump forwards is always taken here; one backwards closes the loop.
    """
    found = {}
    with tempfile.NamedTemporaryFile() as code:
        subprocess.run(['llvm-objcopy-19', '-I', 'binary', '-O', 'elf64-x86-64', '--rename-section', '.data=.text,code',
                        file, code.name], check=True)
        dump = ['llvm-objdump-19', '-d', '--no-leading-headers', '--no-print-imm-hex', code.name]
        while at:
            lines = subprocess.check_output([*dump, f'--start-address={at}'], text=True)
            at = None
            for where, digits, text in re.findall(r'^ *([0-9a-f]+): ((?:[0-9a-f]{2} )+)\s*(.*)$', lines, re.MULTILINE):
                where, text = int(where, 16), ' '.join(text.split())
                text = re.sub(r'\$-?\d+(.*?) # imm = (\w+)$', r'$\2\1', text)
                text = 'prefixes' if text == '<unknown>' else text.split(' <')[0]
                found |= dict.fromkeys(range(where, where + len(digits) // 3), (where, text))
                jump = re.match(r'j[a-z]+ 0x([0-9a-f]+)$', text)
                if jump:
                    at = int(jump[1], 16) if int(jump[1], 16) >= where else None
                    break
    return found


def runs(file):
    """For each run: its place, bytes, fields of both headers, instruction, and what a listing says of that."""
    with open(file, 'rb') as opened:
        data = opened.read()

    def number(at):
        return int.from_bytes(data[at:at + 8], 'little')

    header = number(32)
    elf, program = fields(ELF, 0), fields(PROGRAM, header)
    code = instructions(file, number(24) - number(header + 16) + number(header + 8))
    for kind, places in itertools.groupby(range(len(data)), lambda i: (elf.get(i, ''), program.get(i, ''), code.get(i))):
        places = list(places)
        in_elf, in_program, (begin, text) = *kind[:2], kind[2] or (0, '')
        yield (places[0], [f'{data[i]:02x}' for i in places], in_elf, in_program,
               text if begin == places[0] or not text else '...')


def listing(file):
    print(f'at  {"bytes":24} {"ELF header":15} {"program h.":11} instruction')
    for at, digits, in_elf, in_program, text in runs(file):
        print(f'{at:02x}  {" ".join(digits):24} {in_elf:15} {in_program:11} {text}'.rstrip())


def grid(file):
    texts, kinds = [], []
    for start, digits, in_elf, in_program, text in runs(file):
        read = '*' in in_elf + in_program
        names = ' / '.join(re.sub(r'\*|\[.*\]', '', name) for name in (in_elf, in_program) if name)
        for place, byte in enumerate(digits, start):
            x, y = LEFT + place % COLUMNS * WIDTH, TOP + place // COLUMNS * HEIGHT
            kinds.append('both' if text and read else 'code' if text else 'read' if read else 'unread')
            line = f'<text class="byte" x="{x + 4}" y="{y + 30}">{byte}</text>'
            if place % COLUMNS == 0:
                line = f'<text class="at" x="6" y="{y + 28}">{place:02x}</text>\n' + line
            if names and (place == start or place % COLUMNS == 0):
                line += f'<text class="small" x="{x + 4}" y="{y + 12}">{names}</text>'
            if place == start and text not in ('', '...'):
                line += f'<text class="small" x="{x + 4}" y="{y + 43}">{text}</text>'
            texts.append(line)
    total = len(kinds)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + COLUMNS * WIDTH + 24}'
          f' {TOP - -total // COLUMNS * HEIGHT + 8}" font-family="sans-serif" font-size="12">\n{HEAD}')
    print(f'<text x="{LEFT}" y="20" font-size="15" font-weight="bold">linux/amd64, {total} bytes</text>')
    for x, kind, what in ((0, 'read', 'header field that the kernel reads'), (230, 'code', 'instruction'),
                          (330, 'both', 'both at once'), (440, 'unread', 'neither')):
        if kind in kinds:
            print(f'<rect class="{kind}" x="{LEFT + x}" y="34" width="14" height="14"/>'
                  f'<text x="{LEFT + x + 20}" y="46">{what}</text>')
    for i, kind in enumerate(kinds):
        print(f'<rect class="{kind}" x="{LEFT + i % COLUMNS * WIDTH}" y="{TOP + i // COLUMNS * HEIGHT}"'
              f' width="{WIDTH}" height="{HEIGHT}"/>')
    print('\n'.join([*texts, '</svg>']))


if __name__ == '__main__':
    if len(sys.argv) != 2 + ('--grid' in sys.argv[1:2]):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    (grid if sys.argv[1] == '--grid' else listing)(sys.argv[-1])
