#!/usr/bin/env python3
"""A CRI client: sends the JSON requests of its standard input, one a line, and prints each answer, in their order.

usage: cri.py SOCKET CALL[,CALL...] [AT_ONCE]     e.g. echo '{}' | cri.py /run/containerd/containerd.sock ListPodSandbox

With several calls, all requests are sent for the first, then for the next. cri.sh lays it beside the module that it
imports.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import api_pb2
import grpc
from google.protobuf import json_format

MINUTES = 5 * 60


def method(channel, call):
    """The messages that a call takes, and what sends one and returns the answer."""
    service = "ImageService" if call.endswith(("Images", "Image", "ImageStatus")) else "RuntimeService"
    request, response = getattr(api_pb2, call + "Request"), getattr(api_pb2, call + "Response")
    send = channel.unary_unary(
        f"/runtime.v1.{service}/{call}",
        request_serializer=request.SerializeToString,
        response_deserializer=response.FromString,
    )
    return request, lambda message: send(message, timeout=MINUTES)


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    socket, calls, at_once = (*sys.argv[1:], "1")[:3]
    lines = sys.stdin.readlines()
    with grpc.insecure_channel("unix://" + socket) as channel, ThreadPoolExecutor(int(at_once)) as pool:
        for call in calls.split(","):
            request, send = method(channel, call)
            requests = [json_format.Parse(line, request()) for line in lines]
            try:
                for answer in pool.map(send, requests):
                    print(json_format.MessageToJson(answer, indent=None, including_default_value_fields=True))
            except grpc.RpcError as error:
                print(f"cri.py: {call}: {error.details()}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
