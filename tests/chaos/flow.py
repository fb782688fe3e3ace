#!/usr/bin/env python3
"""flow.py udp|tcp PORT server | client ADDRESS: one end of a Flow (harness.py)."""
import json
import os
import select
import socket
import sys
import time

EVERY = 0.01
kind, port, role = sys.argv[1], int(sys.argv[2]), sys.argv[3]
udp = kind == "udp"
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def serve():
    sock.bind(("", port))
    if not udp:
        sock.listen()
    print("ready", flush=True)
    if udp:
        while True:
            data, peer = sock.recvfrom(64)
            try:
                sock.sendto(data, peer)
            except OSError:
                pass  # the network is away, as it is meant to be
    peer, _ = sock.accept()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := peer.recv(4096):
        peer.sendall(data)


def send(n):
    try:
        sock.send(n.to_bytes(8, "big"))
    except OSError:
        if not udp:
            raise


def ask():
    sock.settimeout(5)
    sock.connect((sys.argv[4], port))
    if not udp:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    print("ready", flush=True)
    sent = got = mark = count = 0
    last, gap, due, rest = time.monotonic(), 0.0, time.monotonic(), b""
    while True:
        ready, _, _ = select.select([sock, 0], [], [], max(0.0, due - time.monotonic()))
        now = time.monotonic()
        if sock in ready:
            try:
                data = sock.recv(4096)
            except OSError:
                if not udp:
                    raise
                data = b""
            if not data and not udp:
                sys.exit("the connection was closed")
            rest = data if udp else rest + data
            while len(rest) >= 8:
                got, rest, count = max(got, int.from_bytes(rest[:8], "big")), rest[8:], count + 1
                gap, last = max(gap, now - last), now
        if 0 in ready:
            word = os.read(0, 64).decode().strip()
            if not word:
                return
            if word == "mark":
                mark = sent
            print(json.dumps({"gap": max(gap, now - last), "count": count,
                              "marked": got > mark}), flush=True)
            if word == "gap":
                gap, last = 0.0, now
        if now >= due:
            sent, due = sent + 1, now + EVERY
            send(sent)


serve() if role == "server" else ask()
