#!/usr/bin/env python3
"""Runs standard input as a script of bash's in a machine that has QEMU's guest agent; its output and its status are ours.

usage: agent.py SOCKET SECONDS

Waits for an agent that is not there yet. Status 124 when the time is over, or the machine gone.
"""

import base64
import json
import random
import socket
import sys
import time


class Agent:
    """One connection to the agent of a machine."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rb")

    def ask(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while line := self.lines.readline():
            answer = json.loads(line.lstrip(b"\xff"))
            # What an earlier connection was not there to hear comes first.
            if command != "guest-sync" or answer.get("return") == arguments["id"]:
                if "error" in answer:
                    sys.exit(f"agent.py: {answer['error']['desc']}")
                return answer["return"]
        raise ConnectionError("the machine is gone")


def connect(path, deadline):
    while time.monotonic() < deadline:
        try:
            agent = Agent(path)
            agent.ask("guest-sync", id=random.randrange(2**31))
            agent.socket.settimeout(120)
            return agent
        except ConnectionRefusedError:
            return None
        except (OSError, ValueError):
            time.sleep(1)
    return None


def main():
    if len(sys.argv) != 3:
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    deadline = time.monotonic() + int(sys.argv[2])
    agent = connect(sys.argv[1], deadline)
    if not agent:
        print("agent.py: no answer", file=sys.stderr)
        return 124
    pid = agent.ask(
        "guest-exec",
        path="/bin/bash",
        arg=["-euxo", "pipefail", "-c", sys.stdin.read()],
        env=["HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        **{"capture-output": True},
    )["pid"]
    while time.monotonic() < deadline:
        status = agent.ask("guest-exec-status", pid=pid)
        if status["exited"]:
            sys.stdout.buffer.write(base64.b64decode(status.get("out-data", "")))
            sys.stderr.buffer.write(base64.b64decode(status.get("err-data", "")))
            return status.get("exitcode", 1)
        time.sleep(0.2)
    print("agent.py: the script did not end", file=sys.stderr)
    return 124


sys.exit(main())
