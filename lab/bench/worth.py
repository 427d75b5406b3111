#!/usr/bin/env python3
"""Puts the figures of node_cost.json into docs/worth-it.md, between <!-- bench-node --> and its end, and draws them.

usage: lab/bench/worth.py
"""

import json
import textwrap
from statistics import median

import pages
from pages import ratios, spread
from programs import ROOT

RESULTS = ROOT / 'lab' / 'bench' / 'node_cost.json'
NODES, PODS = 10_000, 100


def kilobytes(found, place):
    return [f'{values / 1000:,.0f}' for values in (node['charged'][place] for node in found)]


def rows(figures):
    """What is measured; with pause, with the other, and the ratio where a figure is a time."""
    pods, most = figures['counts']['pods'], max(figures['counts']['pods'])
    for engine in ('containerd', 'podman'):
        found = list(figures[engine].values())
        ours, theirs = found
        yield f'**{engine}**: time to start a pod, {most} pairs', '1', spread(ratios(theirs['start'], ours['start']))
        for count in figures['counts']['alone']:
            stops = [node[f'stop_{count}'] for node in found]
            yield f'time to stop {count}', '1', spread(ratios(stops[1], stops[0]))
        for count in figures['counts']['alone']:
            yield (f"memory of the node, kB for each of {count}, the engine's part included",
                   *(spread([size / 1000 for size in node[f'node_{count}']], '{:,.0f}') for node in found))
        for place, count in enumerate(pods):
            yield (f"memory of the sandboxes' cgroups, kB in all, {count}", *kilobytes(found, place))
    ours, theirs = figures['containerd'].values()
    for key, title in (('pulled', 'bytes pulled'), ('requests', 'requests to pull it'),
                       ('disk', "bytes on disk in containerd's store")):
        yield title, f'{ours[key]:,}', f'{theirs[key]:,}'
    minutes = figures['counts']['idle_seconds'] // 60
    for key, title in (
            ('idle', f'processor time of {most} sandboxes in {minutes} idle minutes, ms'),
            ('orphans', f'and while 1,000 orphans end in each of {figures["counts"]["orphans_of"]}, ms')):
        yield title, *(f'{node[key] / 1000:,.1f}' for node in (ours, theirs))


def scale(figures):
    ours, theirs = figures['containerd'].values()
    most = max(figures['counts']['pods'])
    memory = (theirs['charged'][-1] - ours['charged'][-1]) / most
    pulled, disk = theirs['pulled'] - ours['pulled'], theirs['disk'] - ours['disk']
    return [
        f'- memory: {memory / 1000:,.1f} kB a pod × {NODES:,} × {PODS} = {memory * NODES * PODS / 1e9:,.1f} GB, '
        f'{memory * PODS / 1e6:,.1f} MB a node',
        f'- pulled: {pulled:,} bytes a node × {NODES:,} = {pulled * NODES / 1e9:,.2f} GB, each time that all are new',
        f'- disk: {disk:,} bytes a node × {NODES:,} = {disk * NODES / 1e9:,.1f} GB',
        f'- processor: {(theirs["idle"] - ours["idle"]) / 1000:,.1f} ms a node in '
        f'{figures["counts"]["idle_seconds"] // 60} idle minutes; '
        f'{(theirs["orphans"] - ours["orphans"]) / figures["counts"]["orphans_of"]:,.0f} µs for a thousand orphans',
    ]


def content(figures):
    note = ('On {processor}, {processors} processors, {kernel}. Times are told as multiples of what pause takes, in '
            'pairs; in brackets are the quartiles.').format(**figures['machine'])
    return '\n'.join([pages.table(['', *figures['containerd']], rows(figures)), '', textwrap.fill(note, 120), '',
                      f'{NODES:,} nodes of {PODS} pods each save', '', *scale(figures)])


def main():
    figures = json.loads(RESULTS.read_text())
    pages.put('bench-node', 'docs/worth-it.md', content(figures))
    most = max(figures['counts']['pods'])
    programs = [{'name': name, 'sandbox': node['charged'][-1] / most / 1000,
                 'node': median(node[f'node_{most}']) / 1000}
                for name, node in figures['containerd'].items()]
    pages.draw('worth-it', programs, *(
        (title, key, '{:,.0f}'.format, lambda size, of=max(program[key] for program in programs): size / of)
        for title, key in ((f'a sandbox of {most}, kB', 'sandbox'),
                           ("what it takes of the node, the engine's part too, kB", 'node'))))


if __name__ == '__main__':
    main()
