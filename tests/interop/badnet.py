"""A bad network between two interfaces: badnet.py TAP0 TAP1 FILE

Every frame that comes by one tap device leaves by the other: or not, or twice,
or later than its successors, by a generator that starts from the seed.
ARP is left alone. FILE has the options, and is read again on SIGHUP:

	--drop P --dup P --reorder P --delay MS --jitter MS --seed N

Then, and on SIGTERM, it prints a line: frames, dropped, doubled, held back.
"""
import argparse
import fcntl
import heapq
import itertools
import os
import random
import select
import signal
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 0x0002, 0x1000
HOLD = 0.003		# seconds: long enough for successors to pass


def tap(name):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH', name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


class Net:
    def __init__(self, taps, path):
        self.path, self.queue, self.order = path, [], itertools.count()
        fd = [tap(name) for name in taps]
        self.other = {fd[0]: fd[1], fd[1]: fd[0]}
        self.read()

    def read(self):
        p = argparse.ArgumentParser()
        for name in 'drop', 'dup', 'reorder', 'delay', 'jitter':
            p.add_argument('--' + name, type=float, default=0.0)
        p.add_argument('--seed', type=int, default=1)
        with open(self.path) as f:
            self.opt = p.parse_args(f.read().split())
        self.rnd = random.Random(self.opt.seed)
        self.frames = self.dropped = self.doubled = self.held = 0

    def say(self):
        print(self.frames, self.dropped, self.doubled, self.held, flush=True)

    def frame(self, b, to):
        o, chance = self.opt, self.rnd.random
        self.frames += 1
        arp = b[12:14] == b'\x08\x06'
        if not arp and chance() < o.drop:
            self.dropped += 1
            return
        twice = not arp and chance() < o.dup
        self.doubled += twice
        for _ in range(2 if twice else 1):
            when = time.monotonic() + (o.delay + chance() * o.jitter) / 1000
            if chance() < o.reorder:
                when += HOLD
                self.held += 1
            heapq.heappush(self.queue, (when, next(self.order), to, b))

    def run(self):
        q = self.queue
        while True:
            wait = max(0, q[0][0] - time.monotonic()) if q else None
            for f in select.select(list(self.other), [], [], wait)[0]:
                for _ in range(64):
                    try:
                        self.frame(os.read(f, 65536), self.other[f])
                    except BlockingIOError:
                        break
            now = time.monotonic()
            while q and q[0][0] <= now:
                _, _, to, b = heapq.heappop(q)
                try:
                    os.write(to, b)
                except OSError:
                    pass                # its queue is full: lost, as anywhere


def main():
    net = Net(sys.argv[1:3], sys.argv[3])

    def again(*_):
        net.say()
        net.read()

    def stop(*_):
        net.say()
        os._exit(0)
    signal.signal(signal.SIGHUP, again)
    signal.signal(signal.SIGTERM, stop)
    print('ready', flush=True)
    net.run()


if __name__ == '__main__':
    main()
