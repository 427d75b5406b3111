#!/usr/bin/python3
"""A sandbox on an image of anybody's, by Docker's SDK (package python3-docker): sandbox.py IMAGE COMMAND...

DOCKER_HOST says which engine, Docker or podman (`podman system service`), on this machine or another one. The command
is run a hundred times in the sandbox, which then stops. It prints what the command said the last time, and the status
with which the sandbox has ended. The long lines are pause, in text: scripts/text.sh.
"""
import base64
import gzip
import io
import sys
import tarfile

import docker

PAUSE = {
    'amd64': 'H4sIAAAAAAACA5WRT0gUcRTHf7PbbuuWjUGHjr+DpJdVB0RWJZmNzBHW2FqLydBl2JncndaZZWfWgpaMtqif4c26d+kYEUFLh3HKSL1keivI/kA4oWGHiChoer+dVbIg6Hd5v/d53/d+773fRG/8iI9h0ObxoR5EvXuIr/o8+vvwKAo6L0K1gT+iv9t3frTNehkIHftgykH0/0cgqw61SaG83iCQHyqbsioMj5y7AFVfzblNnb0plRlxbtGkKbMxJMwFUQNm1D0iyNRQbIhbZgNCuZu5WCfcuNDg3Kc5B2Oi6sZOPYIm+Tix42SR+9pbFV61Jz6q/lTlAYQs13UnKFUT4sxbH4/g1iRyLq33jTHraR85P/ThZ+jjpcaQGhqpXIYH2MDMARpgaaC83ixMxaEzwglzsRCEdwhlaT8irlov0g4F8rz2dhEqP22enfkOjznLoExwrrMC9kQyAVuwXlH+EnyQ5q0F8ATyxpn3QMp6VgMPPSBar2vgjgf6rBc1cNMDHapv2HoPjGw4PYDIhkBWnHa4Wdf8Vdpcpc4Q3RqTsq4DXQvRW5LOFwZc/syQOaeTCtyYeOhSKciggSmeKX6BARkxTp6wAW4h3mmz04/J/CzM8RMW5yzCcqFO9ZeJW1mtbo3dxdmTu3dO7gteWTDrokuwD9de+8TZ0SV22p6NjKNIJKPk8mDGlYKR1TUUyaDISdSK8lLRULqwppu4qMkQNHVd7sKbvGCmjOyolDYhBxeUMwDlbpzOKOmz2FDSaX0sH96uNYpGXtHkf4txWwvX0oZzWa14vlUakzvat6qckwpaVhv1Wkr0H8ZcGIWLhjQKMS/3dCRT8uYpRcZLWyMNhwU9JxtYwnldbjKwJo0pRl5KKwZMZmZzONnfN9h7fADrBXrtPzrYEka/AMiMOELhAwAA',
    'arm64': 'H4sIAAAAAAACA5VRT0gUYRR/s+OfdVsdsRWhoP2sIBV21VLxT+QQmQmVNi1dItxhZ3IXd2eWmV3rIDjVxeN+4qFDUEfdLl6iTuWhg9QpsG7BrBF46CJ5cC9O75txJAuCPhje+733+71/szB2/WqA48B/AXgNDK2B6GIR/n4iDCLPyzBu7R/Z3+1oDRyxngLg1veCUgf//2weKFZY3hdO7e1OcqsRgNLyUj39yUPZ5iypwkfKA5gXwfMvoE8CltSOuAf9IDyWKmeAsnzw7Atji4+WedRt10N1u9mSsPZmOiBWo7WwkwNIJENi9TzqTiN/kVgSgLVUQU0AVoxvaBk/CrATdpwEq7U4YElJYHXWWtwc4T+vN8FUR51Xe7HVkmxfVwM7FvZAv9TeIVAF+9g42wqbg/P4uHIJmpvoOOYqC29Xcf+uCt7AEaC6gTx/fsZNArxyngBd56e/uLpkIx1iNflo10V2s8l3q24vO+zeawRjFg/9buxZmF5GDD4uheklpg0c4B9hOow46eM3YcrubHMHGBpp3+Hdj5cF9N34skDjB/GTfuypQHmAiOu/b6IEczzrDSC1oO1EvM1z5VCrONhZC58+OE4/23uLb/gYDHq7jnLw0m57foLtui9E9/Am5Qj71+7t2c7QtXHM4xIgm0EQhzrx2wDoi3INs4/w7lADtB2/quO0sZhfz8b5dzHGZv6KNjYHsVhazebRzKmGmdE1iKUhdge6IS8XTXWYaHqBFDUFkwVdV4aJHzcK02ZmRk4VUEMM9T4GlRGSSqupWWKqqZSey4eOcs2imVc15d9k0hPvjfeQbEYrPuyWjdxA32GVB7KhZbQZb6SpiSukNwShoinPYM7T3o2l57195mNz84cr3Qtd07OKSWSS15VzJtHknGrm5ZRq4maFTJbcnhhPjEk3iG4wd+JmIh6CX5Co3dU/BAAA',
}

engine = docker.from_env(version='auto')
program = gzip.decompress(base64.b64decode(PAUSE[engine.version()['Arch']]))
archive, entry = io.BytesIO(), tarfile.TarInfo('pause')
entry.size, entry.mode = len(program), 0o755
with tarfile.open(fileobj=archive, mode='w') as tar:
    tar.addfile(entry, io.BytesIO(program))
    end = tar.offset + 2 * tarfile.BLOCKSIZE

sandbox = engine.containers.create(sys.argv[1], entrypoint=['/pause'], network_mode='none')
# Without the padding behind its end: podman 5.4.2 can be through before that comes, and then answers "broken pipe".
sandbox.put_archive('/', archive.getvalue()[:end])
sandbox.start()
for _ in range(100):
    said = sandbox.exec_run(sys.argv[2:]).output.decode()
# podman 4.3 kills at once where no time is given
sandbox.stop(timeout=10)
print(said.strip(), sandbox.wait()['StatusCode'])
sandbox.remove()
