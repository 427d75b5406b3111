"""What is measured: pause, what people use instead, and the least that a process can be."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOREVER = ['--', 'sleep', 'infinity']


@dataclass
class Program:
    name: str
    command: list
    origin: str = ''  # by default the Debian package
    readme: bool = False  # README's table has it
    trial: bool = False  # lab/bench/compare.py --quick measures it

    def __post_init__(self):
        self.command = [shutil.which(str(self.command[0])), *self.command[1:]]
        self.executables = [self.command[0]]
        if '--' in self.command:  # it runs another
            self.executables.append(shutil.which(self.command[self.command.index('--') + 1]))
        self.is_there = all(self.executables)
        if self.is_there and not self.origin and shutil.which('dpkg-query'):
            self.origin = ', '.join(map(package_of, self.executables))


def output(*command):
    """What a command prints, whether it succeeds or not."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def package_of(path):
    """Name and version of the Debian package that a program comes from."""
    names = {path, os.path.realpath(path), f'/usr{path}', path.removeprefix('/usr')}  # /bin may be /usr/bin
    owner = ''.join(output('dpkg-query', '-S', name) for name in names).split(':')[0]
    return output('dpkg-query', '-W', '-f', '${Package} ${Version}', owner) or 'no package'


def libraries(path):
    """The shared libraries that a program loads, its loader among them."""
    return sorted(set(re.findall(r'(/\S+) \(0x', output('ldd', path))))


def compile_static(source, target, compiler='gcc'):
    """The program's path, where there will be none without the compiler."""
    if shutil.which(compiler):
        subprocess.run([compiler, '-std=gnu11', '-Os', '-static', '-s', '-o', target, ROOT / source], check=True)
    return target


def programs(pause, scratch, named):
    """pause first; named are command lines."""
    style = 'lab/bench/peers/kubernetes.c'
    return [
        Program('pause', [pause], 'this repository', readme=True, trial=True),
        Program('Kubernetes-style, glibc', [compile_static(style, scratch / 'glibc')], style, readme=True),
        Program('Kubernetes-style, musl', [compile_static(style, scratch / 'musl', 'musl-gcc')], style),
        Program('catatonit -P', ['catatonit', '-P'], readme=True),
        Program('tini + sleep', ['tini', *FOREVER], readme=True),
        Program('docker-init + sleep', ['docker-init', *FOREVER]),
        Program('dumb-init + sleep', ['dumb-init', *FOREVER], readme=True),
        Program('sleep infinity', ['sleep', 'infinity'], readme=True),
        Program('busybox sleep infinity', ['busybox', 'sleep', 'infinity']),
        Program('busybox tail -f', ['busybox', 'tail', '-f', '/dev/null'], readme=True),
        Program('a bare loop, no libc', [pause.with_name('bare')], 'lab/bench/peers/bare.c', readme=True, trial=True),
        Program('pause, least memory', [pause.with_name('pause-memory')], 'lab/memory, a record'),
        *(Program(line, shlex.split(line), trial=True) for line in named),
    ]
