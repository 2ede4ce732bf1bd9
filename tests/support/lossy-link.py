#!/usr/bin/python3
"""The wire between two network devices, in user space: it can drop, delay and duplicate IP packets, each direction by itself.

usage: lossy-link.py DEVICE_A DEVICE_B
Makes two TUN devices and carries packets between them. Prints "up" once they exist. A line of JSON on standard input sets how
packets fare, for each direction: {"aToB": {"loss": 0.3, "jitterMs": 500, "duplicates": 0.1}, "bToA": {...}}; "set" says that it counts.
Jitter is a delay drawn anew for every packet, so that packets overtake each other.
"""
import fcntl
import heapq
import itertools
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
PERFECT = {"loss": 0, "jitterMs": 0, "duplicates": 0}


def tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


a, b = (tun(name) for name in sys.argv[1:3])
other = {a: b, b: a}
fate = {a: PERFECT, b: PERFECT}
waiting = []  # (due, order, device, packet)
order = itertools.count()


def deliver(device, packet):
    try:
        os.write(device, packet)
    except OSError:
        pass  # the device is down or its queue is full: lost, as on any wire


def carry(source):
    while True:
        try:
            packet = os.read(source, 65536)
        except OSError:
            return  # nothing more to read
        rules = fate[source]
        for _ in range(2 if random.random() < rules["duplicates"] else 1):
            if random.random() < rules["loss"]:
                continue
            due = time.monotonic() + random.random() * rules["jitterMs"] / 1000
            heapq.heappush(waiting, (due, next(order), other[source], packet))


def obey():
    global commands
    text = os.read(0, 65536).decode()
    if not text:
        sys.exit(0)  # whoever started this is gone
    *lines, commands = (commands + text).split("\n")
    for line in lines:
        rules = json.loads(line)
        fate[a], fate[b] = ({**PERFECT, **rules.get(direction, {})} for direction in ("aToB", "bToA"))
        print("set", flush=True)


commands = ""
print("up", flush=True)
while True:
    timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for ready in select.select([a, b, 0], [], [], timeout)[0]:
        obey() if ready == 0 else carry(ready)
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, device, packet = heapq.heappop(waiting)
        deliver(device, packet)
