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
    'amd64': 'H4sIAAAAAAACA5VSXUgUURS+s7q2TtkUBPXWQJG+jDogZkayG23OwhhbmkyJLsPOojvsziw7Mxq0ZLQFXcM333uNnnoIsohxSsnsodDXICEoJzSsCAkKpnPnrtHPU+flnPN95+c7lzuZlE9HGAZtWwT1IJLdQ/Ewj6N/LY66oI4aqY3+xf7u39ahPzztQOjsO1trQP9vEl7ziU8M9qcl/D2F36eqR5DOZdxFJo78B0DpkVpylyR7Mzoz4t8m4W4FKD2WuCjjLXGFi0rV48yVRunW5T3+AuFPJBQ9SFx4BArjMvZk/ErcSoaFN7zJD3pdRg9GZu8DSzA9rcxF6uIIomZFDMi0b4x9SG8agn141RdqSopQ47PQhFfFLX8/PUGPjcxeg5CLziUJzwEvVTdapGn5cEzCorSYiAFdL1XVAwgHepNCZEv4ZU2NA9sWWubnjpLmFahMi4H/Gfz58FXcHxHANyCH0pK7DpkEkl5TIOP6NeAFBRQ3qAEPKdDrfqkBdyjQqUeG3YOwDG/6PQDhTQm/8Tsgcm9StCVE/SK5msm4GND1GIkGwvsBrn5i8KIvk4IgoZy8WmlgUN90nHG+woGMIuOnXFRcko953MwT/HyeXkL21tMNz4IgoHsfQwSjw3+Ag9m18CG5naI3tWvH1L6G60t2Y9cyPFHgrX8Uva5lbsabF8aRIIzlCiVw47mylTcNJIwhYRC1oZLqWLlu3spls2axxBcdy+bVQsGc4Lcpw7R5x9CgzzZNrZtHZTtj5UfVrA1z2FpmOVYpZ2gsbeLbW8XWdr6QN5xLbWpR6+xgt6dNqGUjb4zSsenUKV5kEetY6ihwtHdIGKtQuRVhvPJL8TArmQXN4lW+ZGrNFm+oxZxVUrM5C9TZ+QLfn+odSJ7r480yCVNnBlpZ9BO82qSH4gMAAA==',
    'arm64': 'H4sIAAAAAAACA5VRS0wTURS90+FTRqdtIkhiDH2oiUIyfCLUgh8mUVQSFBwbN8bQSTuhjdOZptOCCxLG6IJlH+lellA3bow7ZUl0pUFNWLUYExZuiCzsxvG+mY4RXfmSl3vP/Zx37n3Lk9PXAxwH/gnAK2DoBcguluHfI0Mc67zDalv/yv5pr7TAIet1ANz5Wky3wf+fGg8UGSo/wz0/Dma4jU6AcuVDO/3OQ7XG2Uqd76w67dAYwxoZPBxDnwRspRfxefTrp4HuRWyF5Xf5aJXHPuTczgTkRrQV9nMAiaQgN+JYewprVoitANirdawNwHrhC1pWHwXYP+o4CcaxErOVJDAee9XNEf4jRGD2XJvHvdJlKzW/rwX2ZQ4Sa5ynKYTvYLzceyZMM+ivuXNEq0H0a6h1HbVyTY24gjI8DdFJNsfy6w3cR38dd+KEobEVOTxPEuCl8wToJj/3ye2bDtELjJOP9l9mO5x5s+G+mxTd/V1iO+Nh1I2dFOlVxJuBJo6IdIJp87Eu0ovuXps4Lrrca1wTfxPpKOKYP1s5TIebf9LjxyphygN0uv5miBLMIa6gVqULbR/iPZ6rCl1yvK8V3r91nFE27y7f8S4Y9Gac4OB5rfvZCTYjm4fN4fLZImUcx5lG91/Y3NC/dcTrI0C2gyCP9eHdAhiJch0PH+O/QwvQXrwNx+lmMZ+7xh+rHmCM6d9p2jrGPqMvLYAkZTQ9j2ZBK1hZ0wApA9I9GIS8WrK0cWJpqZSZy5NcySoSVdfNReKnDLNISkYa+4qmmR4nUCjOWdl5NVVEHqGJrJKV14y04DWRoYHhgSGiZ43So0G1kIuNCD7bolowssa8Rzs7dY0MCyCULHUec17vfSmz5MldkhaWfit+INw09bRFVJI302ctYqg5zcqrKc1CdcWsTu5O3UhMKreIWWDu1O3EgAC/AILt8Yk+BAAA',
}

engine = docker.from_env(version='auto')
program = gzip.decompress(base64.b64decode(PAUSE[engine.version()['Arch']]))
archive, entry = io.BytesIO(), tarfile.TarInfo('pause')
entry.size, entry.mode = len(program), 0o755
with tarfile.open(fileobj=archive, mode='w') as tar:
    tar.addfile(entry, io.BytesIO(program))

sandbox = engine.containers.create(sys.argv[1], entrypoint=['/pause'], network_mode='none')
sandbox.put_archive('/', archive.getvalue())
sandbox.start()
for _ in range(100):
    said = sandbox.exec_run(sys.argv[2:]).output.decode()
# podman 4.3 kills at once where no time is given
sandbox.stop(timeout=10)
print(said.strip(), sandbox.wait()['StatusCode'])
sandbox.remove()
