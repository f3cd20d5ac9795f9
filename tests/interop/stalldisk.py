#!/usr/bin/env python3
"""stalldisk.py - a file system that stops when it is told to.

    stalldisk.py DIR MOUNTPOINT GATES

Serves DIR at MOUNTPOINT by the kernel's FUSE protocol, with /dev/fuse and
nothing else. While there is a file GATES/NAME, whatever is asked about
DIR/NAME or what lies below it waits until the file is gone; a number in the
file is for how many milliseconds each request waits instead. So a network
file system hangs, and, with an image on a loop device, a disk.

Root, Linux. Prints "ready", ends by SIGTERM; what waits then fails.
"""
import ctypes
import errno
import os
import select
import signal
import stat
import struct
import sys
import time

(LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC,
 FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, ACCESS, INTERRUPT, DESTROY,
 BATCH_FORGET) = (1, 2, 3, 4, 14, 15, 16, 17, 18, 20, 25, 26, 27, 28, 29, 34, 36,
                  38, 42)
SILENT = (FORGET, BATCH_FORGET, INTERRUPT)
BUFFER = 1 << 20
DIRECT_IO = 1


def mount(fd, where):
    libc = ctypes.CDLL(None, use_errno=True)
    opts = 'fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other' % fd
    if libc.mount(b'stalldisk', os.fsencode(where), b'fuse', 6, opts.encode()):
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))


class Disk:
    def __init__(self, top, gates, fd):
        self.top, self.gates, self.fd = os.fsencode(top), gates, fd
        self.path = {1: b''}            # by node
        self.node = {b'': 1}
        self.open = {}
        self.held = []                  # (since, header, body)

    def full(self, node):
        return os.path.join(self.top, self.path[node]) if node != 1 else self.top

    def attr(self, path):
        st = os.lstat(path)
        return struct.pack(
            '<6Q10I', st.st_ino, st.st_size, st.st_blocks, int(st.st_atime),
            int(st.st_mtime), int(st.st_ctime), 0, st.st_mtime_ns % 10**9,
            st.st_ctime_ns % 10**9, st.st_mode, st.st_nlink, st.st_uid, st.st_gid, 0,
            4096, 0)

    def waits(self, node, body, since):
        """Is the gate of what is asked about closed?"""
        path = self.path.get(node, b'')
        name = (path or body.split(b'\0')[0]).split(b'/')[0]
        try:
            with open(os.path.join(self.gates, os.fsdecode(name))) as f:
                ms = f.read().strip()
        except (OSError, ValueError):
            return False
        return not ms or time.monotonic() < since + int(ms) / 1000

    def answer(self, unique, body=b'', err=0):
        try:
            os.write(self.fd, struct.pack('<IiQ', 16 + len(body), -err, unique) + body)
        except OSError:
            pass                        # who asked was interrupted

    def do(self, op, node, body):
        if op == INIT:
            major, minor, ahead, flags = struct.unpack_from('<4I', body)
            return struct.pack('<4I2H2I2HII24x', 7, min(minor, 31), ahead, 0, 16, 12,
                               1 << 17, 1, 32, 0, 0, 0)
        if op == LOOKUP:
            path = os.path.join(self.path[node], body.split(b'\0')[0])
            a = self.attr(os.path.join(self.top, path))
            n = self.node.setdefault(path, len(self.node) + 1)
            self.path[n] = path
            return struct.pack('<4Q2I', n, 0, 0, 0, 0, 0) + a
        if op in (GETATTR, SETATTR):
            return struct.pack('<Q2I', 0, 0, 0) + self.attr(self.full(node))
        if op == OPEN:
            flags = struct.unpack_from('<I', body)[0] & os.O_ACCMODE
            f = os.open(self.full(node), flags)
            self.open[f] = f
            # An image: all goes through here, nothing stays in memory above.
            image = os.fstat(f).st_size > 1 << 22
            return struct.pack('<Q2I', f, DIRECT_IO if image else 0, 0)
        if op == READ:
            fh, off, size = struct.unpack_from('<2QI', body)
            return os.pread(self.open[fh], size, off)
        if op == WRITE:
            fh, off, size = struct.unpack_from('<2QI', body)
            return struct.pack('<2I', os.pwrite(self.open[fh], body[40:40 + size], off), 0)
        if op in (RELEASE, RELEASEDIR):
            fh = struct.unpack_from('<Q', body)[0]
            if self.open.pop(fh, None) is not None:
                os.close(fh)
            return b''
        if op == OPENDIR:
            return struct.pack('<Q2I', 0, 0, 0)
        if op == READDIR:
            fh, off, size = struct.unpack_from('<2QI', body)
            out = b''
            for i, name in enumerate(sorted(os.listdir(self.full(node)))):
                e = struct.pack('<2Q2I', i + 1, i + 1, len(name), 0) + name
                e += bytes(-len(e) % 8)
                if i >= off and len(out) + len(e) <= size:
                    out += e
            return out
        if op == STATFS:
            return struct.pack('<5Q4I24x', 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19,
                               4096, 255, 4096, 0)
        if op in (FSYNC, ACCESS, DESTROY):
            return b''
        raise OSError(errno.ENOSYS, '')

    def serve(self, op, unique, node, body):
        try:
            self.answer(unique, self.do(op, node, body))
        except OSError as e:
            self.answer(unique, err=e.errno or errno.EIO)

    def run(self):
        while True:
            ready = select.select([self.fd], [], [], 0.005 if self.held else None)[0]
            held, self.held = self.held, []
            for since, op, unique, node, body in held:
                if self.waits(node, body, since):
                    self.held.append((since, op, unique, node, body))
                else:
                    self.serve(op, unique, node, body)
            if not ready:
                continue
            b = os.read(self.fd, BUFFER)
            _, op, unique, node = struct.unpack_from('<2I2Q', b)
            body, now = b[40:], time.monotonic()
            if op in SILENT:
                continue
            if op != INIT and self.waits(node, body, now):
                self.held.append((now, op, unique, node, body))
            else:
                self.serve(op, unique, node, body)


def main():
    top, where, gates = sys.argv[1:4]
    fd = os.open('/dev/fuse', os.O_RDWR)
    mount(fd, where)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print('ready', flush=True)
    assert stat.S_ISDIR(os.stat(top).st_mode)
    try:
        Disk(top, gates, fd).run()
    except OSError as e:
        if e.errno != errno.ENODEV:     # unmounted
            raise


main()
