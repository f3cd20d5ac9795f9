"""U-Boot at its prompt: nfs_uboot.py QEMU ROM SERVER EXPORT TREE

Loads files of TREE and compares their lengths and CRCs.
"""
import os
import re
import select
import subprocess
import sys
import time
import zlib

qemu, rom, server, export, tree = sys.argv[1:6]
ADDR = '0x42000000'


class Machine:
    def __init__(self):
        self.p = subprocess.Popen(
            [qemu, '-M', 'virt', '-cpu', 'cortex-a57', '-m', '256', '-bios', rom,
             '-no-user-config', '-nodefaults', '-display', 'none', '-serial', 'stdio',
             '-netdev', 'tap,id=n0,ifname=srv,script=no,downscript=no',
             '-device', 'virtio-net-pci,netdev=n0,romfile='],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.out, self.lines = '', 0

    def until(self, what, seconds):
        """What came before it."""
        end = time.monotonic() + seconds
        while what not in self.out:
            left = max(0, end - time.monotonic())
            if not select.select([self.p.stdout], [], [], left)[0]:
                raise TimeoutError('no %r in %r' % (what, self.out))
            data = os.read(self.p.stdout.fileno(), 4096)
            if not data:
                raise EOFError('QEMU has ended: %r' % self.out)
            self.out += data.decode('latin-1')
        before, self.out = self.out.split(what, 1)
        return before

    def type(self, text):
        # its serial port has no queue
        for c in text:
            self.p.stdin.write(c.encode())
            self.p.stdin.flush()
            time.sleep(0.002)

    def run(self, line, seconds=30):
        """What it prints, told from what was typed by where the line begins."""
        self.lines += 1
        self.type('%s; echo END%d.\r' % (line, self.lines))
        return self.until('\nEND%d.' % self.lines, seconds)

    def load(self, path):
        """Length and CRC of what it got; None: nothing."""
        text = self.run('nfs %s %s:%s/%s' % (ADDR, server, export, path))
        m = re.search(r'Bytes transferred = (\d+)', text)
        if m is None:
            print('# ' + text.replace('\n', '\n# '))
            return None
        crc = re.search(r'==> ([0-9a-f]{8})', self.run('crc32 %s ${filesize}' % ADDR))
        return int(m[1]), crc[1]


def main():
    m = Machine()
    try:
        m.until('autoboot', 60)
        m.type(' ')
        m.until('=> ', 10)
        m.run('setenv ipaddr 192.168.10.50; setenv netmask 255.255.255.0')
        for path in ('kernel', 'block', 'etc/link', '1/2/3/4/5/6/7/8/9/10/deep'):
            with open(os.path.join(tree, path), 'rb') as f:
                data = f.read()
            got = m.load(path)
            assert got == (len(data), '%08x' % zlib.crc32(data)), (path, got)
        assert m.load('nothing') is None
    finally:
        m.p.kill()
        m.p.wait()


main()
