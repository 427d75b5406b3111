#!/usr/bin/python3
"""Pastes a script into an interactive shell on a terminal of its own: paste.py SCRIPT SHELL...
Prints what the terminal shows. Ends with 0 if that shell's options, folder, traps, functions and variables are the same
after it as before."""

import os
import pty
import sys
import tempfile
import threading

STATE = 'echo "$-"; pwd; trap; typeset -f 2>/dev/null; set | grep -a "^[a-z]*="\n'


def main(script, shell):
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(shell[0], shell)
    with tempfile.TemporaryDirectory() as folder, open(script) as file:
        with open(f"{folder}/state", "w") as state:
            state.write(STATE)

        def look(name):
            return f". {folder}/state >{folder}/{name}\n"

        # Twice before: the first time changes what the second one sees.
        lines = [look("before"), look("before"), file.read(), look("after"), "exit\n"]
        # The terminal takes a few thousand bytes at a time, while it shows others.
        writer = threading.Thread(target=lambda: [os.write(terminal, line.encode()) for line in lines])
        writer.start()
        shown = b""
        try:
            while part := os.read(terminal, 65536):
                shown += part
        except OSError:  # the shell has ended
            pass
        writer.join()
        os.waitpid(child, 0)
        print(shown.decode(errors="replace"))
        before, after = (open(f"{folder}/{name}").read() for name in ("before", "after"))
        if not before or before != after:
            sys.exit(f"before: {before}\nafter: {after}")


main(sys.argv[1], sys.argv[2:])
