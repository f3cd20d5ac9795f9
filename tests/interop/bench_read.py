"""Sequential READs over TCP by libnfs: what a MiB costs the server.

bench_read.py LIBNFS URL FILE SIZE PASSES PID [ORIGINAL]

URL is nfs://SERVER/EXPORT?ARGS, SIZE the bytes asked for at a time, PID the
server.  Prints the server's CPU microseconds for each MiB and MiB a second.
With ORIGINAL every byte is compared, once, and nothing is measured.
"""
import ctypes
import os
import sys
import time

from libnfs import Export, P, S

library, url, name, size, passes, pid = sys.argv[1:7]
size = int(size)


def cpu_us(pid):
    """Of all its threads, to the nanosecond; a thread that ends is missed."""
    total = 0
    for t in os.listdir('/proc/%s/task' % pid):
        with open('/proc/%s/task/%s/schedstat' % (pid, t)) as f:
            total += int(f.read().split()[0])
    return total / 1000


class ByUrl(Export):
    def mount(self, server, export):
        self.nfs.nfs_parse_url_dir.argtypes = [P, S]
        self.nfs.nfs_parse_url_dir.restype = P
        if not self.nfs.nfs_parse_url_dir(self.ctx, url.encode()):
            sys.exit('%s: no URL' % url)
        super().mount(server, export)


server, _, export = url.split('?')[0][len('nfs://'):].partition('/')
n = ByUrl(library, server, '/' + export)
if len(sys.argv) > 7:
    with open(sys.argv[7], 'rb') as f:
        want = f.read()
    sys.exit(n.content(name.encode()) != want)
buf = ctypes.create_string_buffer(size)
total = 0
f = P()
n.ok(n.nfs.nfs_open(n.ctx, name.encode(), os.O_RDONLY, ctypes.byref(f)), name)
cpu, t0 = cpu_us(pid), time.monotonic()
for _ in range(int(passes)):
    off = 0
    while True:
        k = n.ok(n.nfs.nfs_pread(n.ctx, f, off, size, buf), name)
        if k == 0:
            break
        off += k
    total += off
wall = time.monotonic() - t0
cpu = cpu_us(pid) - cpu
print('%.2f %.1f' % (cpu / (total / (1 << 20)), total / (1 << 20) / wall))
