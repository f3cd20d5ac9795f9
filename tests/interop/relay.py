#!/usr/bin/env python3
"""relay.py - a bad network between a UDP client and a UDP server.

    relay.py --listen ADDR:PORT --server ADDR:PORT [--seed N] [--drop P]
             [--dup P] [--reorder P] [--delay SECONDS] [--jitter SECONDS]

Datagrams are dropped, sent twice, held back behind their successors and
delayed, each with its probability, by a random generator that starts from the
seed.  A server that answers from other ports (TFTP) gets a port here for each
of them, so that the client sees a transfer ID of its own.

On SIGTERM it prints one line: datagrams to the server, to the client, dropped.
"""
import argparse
import heapq
import itertools
import random
import selectors
import signal
import socket
import sys
import time

REORDER_HOLD = 0.005        # seconds: long enough for a successor to pass


def endpoint(text):
    addr, port = text.rsplit(":", 1)
    return addr, int(port)


class Relay:
    def __init__(self, opt):
        self.opt = opt
        self.rnd = random.Random(opt.seed)
        self.sel = selectors.DefaultSelector()
        self.queue = []
        self.order = itertools.count()
        self.clients = {}       # client endpoint -> socket towards the server
        self.doors = {}         # (client, server endpoint) -> socket towards the client
        self.to_server = self.to_client = self.dropped = 0
        front = self.socket(opt.listen)
        self.sel.register(front, selectors.EVENT_READ,
                          lambda: self.from_client(front, opt.server))
        self.front = front

    def socket(self, bind=None):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setblocking(False)
        if bind:
            s.bind(bind)
        return s

    def later(self, sock, data, dest):
        """Send, or not, or twice, some time from now."""
        if self.rnd.random() < self.opt.drop:
            self.dropped += 1
            return
        for _ in range(2 if self.rnd.random() < self.opt.dup else 1):
            when = time.monotonic() + self.opt.delay
            when += self.rnd.random() * self.opt.jitter
            if self.rnd.random() < self.opt.reorder:
                when += REORDER_HOLD
            heapq.heappush(self.queue, (when, next(self.order), sock, data, dest))

    def upstream(self, client):
        if client not in self.clients:
            s = self.socket()
            s.bind(("", 0))
            self.clients[client] = s
            self.sel.register(s, selectors.EVENT_READ,
                              lambda: self.from_server(s, client))
        return self.clients[client]

    def from_client(self, sock, server):
        data, client = sock.recvfrom(65536)
        self.to_server += 1
        self.later(self.upstream(client), data, server)

    def from_server(self, sock, client):
        data, server = sock.recvfrom(65536)
        self.to_client += 1
        if server == self.opt.server:
            door = self.front
        elif (client, server) in self.doors:
            door = self.doors[client, server]
        else:
            door = self.socket((self.opt.listen[0], 0))
            self.doors[client, server] = door
            self.sel.register(door, selectors.EVENT_READ,
                              lambda: self.from_client(door, server))
        self.later(door, data, client)

    def run(self):
        while True:
            wait = None
            if self.queue:
                wait = max(0, self.queue[0][0] - time.monotonic())
            for key, _ in self.sel.select(wait):
                try:
                    key.data()
                except OSError:
                    pass            # nobody there: the datagram is lost
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, sock, data, dest = heapq.heappop(self.queue)
                try:
                    sock.sendto(data, dest)
                except OSError:
                    pass


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--listen", type=endpoint, required=True)
    p.add_argument("--server", type=endpoint, required=True)
    p.add_argument("--seed", type=int, default=1)
    for name in "drop", "dup", "reorder", "delay", "jitter":
        p.add_argument("--" + name, type=float, default=0.0)
    relay = Relay(p.parse_args())

    def stop(*_):
        print(relay.to_server, relay.to_client, relay.dropped, flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    relay.run()


if __name__ == "__main__":
    main()
