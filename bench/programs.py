"""What is measured: pause, the least that a process can be, and what people use instead."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / 'bench' / 'peers'


def output(*command, **options):
    """What a command prints; it must succeed."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


class Program:
    def __init__(self, name, command, version=None, origin=None, named=False):
        self.name = name
        self.named = named  # by PEERS
        self.command = [shutil.which(command[0]) or command[0], *command[1:]]
        self.version = version  # the arguments that make it print its version
        self.executables = [self.command[0]]
        if '--' in command:  # it runs another
            self.executables.append(shutil.which(command[command.index('--') + 1]))
        self.origin = origin or ', '.join(package_of(path) for path in self.executables)

    def is_there(self):
        return all(path and os.access(path, os.X_OK) for path in self.executables)


def package_of(path):
    if not path or not shutil.which('dpkg-query'):
        return 'unknown'
    for name in (path, os.path.realpath(path), '/usr' + path, path.removeprefix('/usr')):
        found = subprocess.run(['dpkg-query', '-S', name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            package = found.stdout.split(':')[0]
            return output('dpkg-query', '-W', '-f', '${Package} ${Version}', package)
    return 'no package'


def compiler(name):
    return output(name, '--version').splitlines()[0]


def build(scratch):
    """Compiles what is not a package; returns pause's own file, the bare program's, and the peers' by name."""
    platform = output('make', '-s', '-C', ROOT, 'print-platform').strip().replace('/', '-')
    output('make', '-s', '-C', ROOT, 'all')
    pause = ROOT / 'build' / platform / 'pause'

    bare = scratch / 'bare'
    line = (pause.parent / 'command').read_text().replace('src/pause.c', f'-Isrc -Wno-unused-function {PEERS}/bare.c')
    subprocess.run(f'{line.strip()} -o {bare}.linked && src/trim.sh {bare}.linked {bare}', shell=True, check=True,
                   cwd=ROOT)

    built = {}
    for libc, cc in (('glibc', 'gcc'), ('musl', 'musl-gcc')):
        for source in ('kubernetes', 'loop'):
            built[source, libc] = scratch / f'{source}-{libc}'
            if shutil.which(cc):
                output(cc, '-Os', '-static', '-s', '-o', built[source, libc], PEERS / f'{source}.c')
    return pause, bare, built


def tools(scratch):
    """The two helpers that start the programs, and leave orphans to them."""
    launch, orphans = scratch / 'launch', scratch / 'orphans'
    output('gcc', '-std=gnu11', '-O2', '-static', '-o', launch, ROOT / 'bench' / 'launch.c')
    output('gcc', '-std=gnu11', '-O2', '-static', '-o', orphans, ROOT / 'tests' / 'orphans.c')
    return launch, orphans


def programs(scratch, extra):
    """pause first, then the limit, then the peers; and the names of those that are not installed."""
    pause, bare, built = build(scratch)
    services = scratch / 'services'
    services.mkdir()
    forever = ['--', 'sleep', 'infinity']
    cc = compiler((pause.parent / 'command').read_text().split()[0])
    peers = [
        Program('pause', [pause], ['-v'], f'this repository, {cc}'),
        Program('a bare loop, no libc', [bare], None, f'bench/peers/bare.c, {cc}'),
        Program('Kubernetes-style, musl', [built['kubernetes', 'musl']], ['-v'], 'bench/peers/kubernetes.c, musl-gcc'),
        Program('Kubernetes-style, glibc', [built['kubernetes', 'glibc']], ['-v'], 'bench/peers/kubernetes.c, gcc'),
        Program('for (;;) pause(), musl', [built['loop', 'musl']], None, 'bench/peers/loop.c, musl-gcc'),
        Program('for (;;) pause(), glibc', [built['loop', 'glibc']], None, 'bench/peers/loop.c, gcc'),
        Program('catatonit -P', ['catatonit', '-P'], ['--version']),
        Program('tini + sleep', ['tini', *forever], ['--version']),
        Program('tini-static + sleep', ['tini-static', *forever], ['--version']),
        Program('docker-init + sleep', ['docker-init', *forever], ['--version']),
        Program('dumb-init + sleep', ['dumb-init', *forever], ['--version']),
        Program('runsvdir', ['runsvdir', services]),
        Program('sleep infinity', ['sleep', 'infinity'], ['--version']),
        Program('busybox sleep infinity', ['busybox', 'sleep', 'infinity']),
        Program('busybox tail -f', ['busybox', 'tail', '-f', '/dev/null']),
    ]
    for line in filter(None, map(str.strip, extra.split(';'))):
        peers.append(Program(line, shlex.split(line), named=True))
    for program in peers:
        program.command = [str(word) for word in program.command]
        program.executables = [str(path) for path in program.executables if path]
    return [p for p in peers if p.is_there()], [p.name for p in peers if not p.is_there()]


def libraries(path):
    """The shared libraries that a program loads, its loader among them."""
    found = subprocess.run(['ldd', path], capture_output=True, text=True, check=False)
    return sorted(set(re.findall(r'(/\S+) \(0x', found.stdout)))


def relocations(path):
    """How many addresses are patched at each start."""
    table = subprocess.run(['readelf', '-rW', path], capture_output=True, text=True, check=False).stdout
    return len(re.findall(r'^[0-9a-f]{8,}\s', table, re.MULTILINE))
