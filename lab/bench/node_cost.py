#!/usr/bin/python3
"""Measures nodes: the same engine, its pods held by pause on one and by a static glibc pause on the other, in turns.

usage: lab/bench/node_cost.py [--quick] [FILE]

containerd is asked through its CRI, podman on its command line. The figures go to FILE (lab/bench/node_cost.json).
--quick measures a few pods: a trial, no result.
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import grpc

import measure
import programs
from compare import as_root, machine

RESULTS = programs.ROOT / 'lab' / 'bench' / 'node_cost.json'
TOOLS = programs.ROOT / 'tests' / 'tools'
CGROUP = f'pause-bench-{os.getpid()}'
FULL = {'pods': [1, 10, 100], 'idle_seconds': 600, 'orphans_of': 20, 'rounds': 3, 'alone': [1, 10, 100]}
QUICK = {'pods': [1, 2], 'idle_seconds': 2, 'orphans_of': 1, 'rounds': 1, 'alone': [1]}


def engine(folder, script, *arguments):
    """What a script prints that starts, uses or stops the tests' own engines, which live in a folder.

    An engine has a memory cgroup of its own, which it shares with what it starts: all but the pods.
    """
    loaded = ('. tests/helpers.bash; . tests/engines/engines.bash; '
              '[ ! -e "$BATS_FILE_TMPDIR/cgroup" ] || echo 0 >"$BATS_FILE_TMPDIR/cgroup/cgroup.procs"; ')
    return subprocess.run(
        ['bash', '-ec', loaded + script, 'engine', *arguments], check=True, cwd=programs.ROOT, text=True,
        stdout=subprocess.PIPE,
        env=os.environ | {'BATS_FILE_TMPDIR': str(folder), 'BATS_RUN_TMPDIR': str(folder)}).stdout


def say(text):
    print(text, file=sys.stderr, flush=True)


class Node:
    """An engine whose pods are held by one image: how a pod is started, and how pods are stopped."""

    def __init__(self, name, image, folder, stack):
        self.name, self.image, self.folder, self.pods, self.count = name, image, folder, [], 0
        self.parent = f'/{CGROUP}/{folder.name}'
        folder.mkdir()
        cgroup, self.engine_memory = stack.enter_context(measure.memory_cgroup())
        (folder / 'cgroup').symlink_to(cgroup)
        stack.callback(engine, folder, 'stop_engines')
        stack.callback(self.stop)

    def timed_start(self):
        begin = time.monotonic()
        self.pods.append(self.start(f'pod{self.count}'))
        self.count += 1
        return time.monotonic() - begin

    def stop(self):
        """Seconds that it takes to stop all pods."""
        begin = time.monotonic()
        if self.pods:
            self.stop_all()
        self.pods = []
        return time.monotonic() - begin

    def usage(self, first, second):
        """A file of the pods' common cgroup: of cgroup v1's, in its controller's hierarchy, or of v2's."""
        for file in (Path(f'/sys/fs/cgroup/{first}'), Path(f'/sys/fs/cgroup/{second}')):
            path = Path(f'{file.parent}{self.parent}') / file.name
            if path.exists():
                return path.read_text()
        raise SystemExit(f'bench: {self.name}: its pods are not in {self.parent}')

    def memory(self):
        return int(self.usage('memory/memory.usage_in_bytes', 'memory.current'))

    def memory_of_all(self):
        """With what the engine and its helpers take."""
        return int(self.engine_memory.read_text()) + (self.memory() if self.pods else 0)

    def processor(self):
        """Microseconds."""
        text = self.usage('cpuacct/cpuacct.usage', 'cpu.stat')
        return int(text) // 1000 if text.strip().isdigit() else int(re.search(r'usage_usec (\d+)', text)[1])


class Containerd(Node):
    def __init__(self, name, image, folder, stack):
        super().__init__(name, image, folder, stack)
        engine(folder, 'start_containerd "$1"', image)
        self.channel = grpc.insecure_channel(f'unix://{folder}/engines/containerd.sock')

    def call(self, call, **fields):
        request, send = cri.method(self.channel, call)
        return send(request(**fields))

    def pull(self):
        """Bytes of the engine's store that the image takes."""
        def stored():
            return int(programs.output('du', '-s', '--block-size=1', f'{self.folder}/engines/containerd').split()[0])
        before = stored()
        self.call('PullImage', image={'image': self.image})
        os.sync()
        return stored() - before

    def start(self, pod):
        return self.call('RunPodSandbox', config={
            'metadata': {'name': pod, 'uid': pod, 'namespace': 'bench'},
            'linux': {'cgroup_parent': self.parent,
                      'security_context': {'namespace_options': {'network': 'NODE', 'pid': 'CONTAINER'}}},
        }).pod_sandbox_id

    def pid(self, pod):
        info = self.call('PodSandboxStatus', pod_sandbox_id=pod, verbose=True).info['info']
        return json.loads(info)['pid']

    def stop_all(self):
        for pod in self.pods:
            self.call('StopPodSandbox', pod_sandbox_id=pod)
            self.call('RemovePodSandbox', pod_sandbox_id=pod)


class Podman(Node):
    def __init__(self, name, image, folder, stack, archive):
        super().__init__(name, image, folder, stack)
        engine(folder, 'use_podman; podman load --quiet -i "$1"', archive)

    def podman(self, *arguments):
        return engine(self.folder, 'podman "$@"', *arguments)

    def start(self, pod):
        self.podman('pod', 'create', '--name', pod, '--share', 'ipc,uts', '--network', 'none', '--infra-image',
                    self.image, '--cgroup-parent', self.parent)
        self.podman('pod', 'start', pod)
        return pod

    def stop_all(self):
        self.podman('pod', 'stop', *self.pods)
        self.podman('pod', 'rm', *self.pods)


def in_turns(nodes, count):
    """The one that begins changes, so that neither always has the machine as the other has left it."""
    for i in range(count):
        yield from nodes if i % 2 else nodes[::-1]


def start_in_turns(nodes, figures, pods):
    """Seconds that each pod takes to start, and what the pods' cgroup is charged when there are 1, 10, … of them."""
    for node in in_turns(nodes, max(pods)):
        figures[node.name].setdefault('start', []).append(node.timed_start())
        if len(node.pods) in pods:
            time.sleep(0.2)
            figures[node.name].setdefault('charged', []).append(node.memory())


def alone(nodes, figures, numbers, rounds):
    """Of so many pods: what they and the engine take more, in bytes each, and seconds to stop each."""
    for pods in numbers:
        for node in in_turns(nodes, 1 if pods > 10 else rounds):  # many are samples enough
            before = node.memory_of_all()
            for _ in range(pods):
                node.timed_start()
            figures[node.name].setdefault(f'node_{pods}', []).append((node.memory_of_all() - before) / pods)
            figures[node.name].setdefault(f'stop_{pods}', []).append(node.stop() / pods)


def processor(nodes, figures, counts, orphan_helper):
    """Microseconds of all sandboxes: while nothing happens, and while 1,000 orphans end in each of some."""
    before = [node.processor() for node in nodes]
    time.sleep(counts['idle_seconds'])
    for node, then in zip(nodes, before):
        figures[node.name]['idle'] = node.processor() - then
        then = node.processor()
        for pod in node.pods[:counts['orphans_of']]:
            join = ['nsenter', f'--target={node.pid(pod)}', '--pid']
            subprocess.run([*join, orphan_helper, '1000', 'turns'], check=True)
        time.sleep(1)  # for those that are still at work
        figures[node.name]['orphans'] = node.processor() - then


def served(registry):
    """Requests that a registry has answered, and bytes that it has sent."""
    log = (registry / 'engines' / 'registry.log').read_text()
    answers = re.findall(r'msg="response completed".*', log)
    return len(answers), sum(int(re.search(r'http\.response\.written=(\d+)', answer)[1])
                             for answer in answers if 'http.request.method=HEAD' not in answer)


def publish(registry, scratch):
    """Starts a registry that has both images; returns their names there, and archives of them."""
    host = engine(registry, 'start_registry; echo "$REGISTRY"').strip()
    static = programs.compile_static('lab/bench/peers/kubernetes.c', scratch / 'pause')
    archives = [str(programs.ROOT / 'dist' / 'pause.tar'), str(scratch / 'kubernetes-style.tar')]
    engine(registry, '''use_podman
        tar -C "$1" -c pause | podman import --quiet --change 'ENTRYPOINT ["/pause"]' - localhost/kubernetes-style
        podman save --quiet -o "$2" localhost/kubernetes-style
        skopeo copy -q --all --dest-tls-verify=false oci-archive:dist/pause.tar "docker://$3/pause"
        skopeo copy -q --dest-tls-verify=false "docker-archive:$2" "docker://$3/kubernetes-style"''',
           str(static.parent), archives[1], host)
    return [f'{host}/pause:latest', f'{host}/kubernetes-style:latest'], archives


def remove_cgroups():
    """Those of the pods, when they are empty."""
    for path in Path('/sys/fs/cgroup').glob(f'**/{CGROUP}'):
        for below in [*sorted(path.rglob('*/'), reverse=True), path]:
            below.rmdir()


def measured(scratch, quick):
    counts, kinds = QUICK if quick else FULL, ['pause', 'Kubernetes-style, glibc']
    figures = {'machine': machine(), 'counts': counts,
               'containerd': {kind: {} for kind in kinds}, 'podman': {kind: {} for kind in kinds}}
    with ExitStack() as stack:
        stack.callback(remove_cgroups)
        subprocess.run([TOOLS / 'cri.sh', scratch], check=True)
        sys.path.append(str(scratch))
        global cri
        import cri
        orphan_helper = programs.compile_static('tests/tools/orphans.c', scratch / 'orphans')
        registry = scratch / 'registry'
        registry.mkdir()
        stack.callback(engine, registry, 'stop_engines')
        images, archives = publish(registry, scratch)

        nodes = []
        for kind, image in zip(kinds, images):
            nodes.append(Containerd(kind, image, scratch / f'containerd{len(nodes)}', stack))
            requests, size = served(registry)
            found = figures['containerd'][kind]
            found['disk'] = nodes[-1].pull()
            found['requests'], found['pulled'] = (now - then for now, then in zip(served(registry), (requests, size)))
        for engine_name in ('containerd', 'podman'):
            found = figures[engine_name]
            if engine_name == 'podman':
                local = ['pause.internal/pause:' + (programs.ROOT / 'VERSION').read_text().strip(),
                         'localhost/kubernetes-style:latest']
                nodes = [Podman(kind, image, scratch / f'podman{i}', stack, archive)
                         for i, (kind, image, archive) in enumerate(zip(kinds, local, archives))]
            for node in nodes:  # the first one pays for what is read only once
                node.timed_start()
                node.stop()
            say(f'{engine_name}: pods in turns')
            start_in_turns(nodes, found, counts['pods'])
            if engine_name == 'containerd':
                say(f'{engine_name}: processor time, {counts["idle_seconds"]} idle seconds first')
                processor(nodes, found, counts, orphan_helper)
            for node in nodes:
                node.stop()
            say(f'{engine_name}: each node alone')
            alone(nodes, found, counts['alone'], counts['rounds'])

    return figures


if __name__ == '__main__':
    as_root(__doc__, RESULTS, measured)
