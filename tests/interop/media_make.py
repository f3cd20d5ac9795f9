"""Makes what tests/interop/media.sh unpacks.

	media_make.py modern DIR	a tree as FreeBSD's disc1, with 3,000 odd files
	media_make.py classic DIR	a disc of 6.2: sets in pieces with .inf files
	media_make.py linux DIR		a tree as tests/e2e/mktree makes it
	media_make.py hostile DIR	archives that try to get out
"""
import hashlib
import io
import os
import random
import subprocess
import sys
import tarfile

rnd = random.Random(7)


def put(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data)
    os.chmod(path, mode)


def own(path, uid, gid):
    try:
        os.lchown(path, uid, gid)
    except OSError:
        pass            # not with this namespace's rights


def sets(top, names, size):
    lines = []
    for n in names:
        data = rnd.randbytes(size)
        put(os.path.join(top, n + '.txz'), data)
        lines.append('%s.txz\t%s\t3\t%s\t"%s"\ton\n' % (n, hashlib.sha256(data).hexdigest(), n, n))
    lines.append('ports.txz\t%s\t3\tports\t"not on this disc"\toff\n' % ('0' * 64))
    put(os.path.join(top, 'MANIFEST'), ''.join(lines).encode())


def odd_files(top):
    for d in range(60):
        sub = os.path.join(top, 'usr/share/d%02d' % d, *('level%d' % k for k in range(d % 6)))
        os.makedirs(sub, exist_ok=True)
        for f in range(50):
            path = os.path.join(sub, 'f%02d-%s' % (f, rnd.choice(('x', 'y y', '#=*', 'n' * 180))))
            put(path, rnd.randbytes(rnd.choice((0, 1, 2047, 2048, 2049, rnd.randrange(9000)))))
            own(path, rnd.choice((0, 0, 2, 1001)), rnd.choice((0, 0, 5, 65533)))
            os.chmod(path, rnd.choice((0o644, 0o444, 0o600, 0o555, 0o4555, 0o2755, 0o0, 0o1640)))
            if f % 10 == 0:
                os.link(path, os.path.join(sub, 'hard%02d' % f))
                os.symlink('f%02d' % f, os.path.join(sub, 'soft%02d' % f))
        own(sub, d % 3, d % 4)
        os.chmod(sub, rnd.choice((0o755, 0o700, 0o1777, 0o2755, 0o555)))
    os.symlink('/etc/passwd', os.path.join(top, 'absolute'))
    os.symlink('../../../../../etc', os.path.join(top, 'outside'))


def old(top):
    """Times that are not today's, as on any disc."""
    for here, dirs, files in os.walk(top, topdown=False):
        for n in files + dirs:
            t = rnd.randrange(10 ** 9, 15 * 10 ** 8)
            os.utime(os.path.join(here, n), (t, t), follow_symlinks=False)
    os.utime(top, (10 ** 9, 10 ** 9))


def modern(top):
    sets(os.path.join(top, 'usr/freebsd-dist'), ('base', 'kernel', 'lib32'), 2000000)
    put(os.path.join(top, 'bin/freebsd-version'), b'USERLAND_VERSION="14.3-RELEASE"\n', 0o555)
    put(os.path.join(top, 'boot/pxeboot'), rnd.randbytes(3000), 0o444)
    put(os.path.join(top, 'boot/loader.efi'), rnd.randbytes(3000), 0o555)
    put(os.path.join(top, 'boot/kernel/kernel'), rnd.randbytes(70000), 0o555)
    odd_files(top)
    old(top)


def classic(top):
    put(os.path.join(top, 'cdrom.inf'), b'CD_VERSION = 6.2-RELEASE\nCD_VOLUME = 1\n')
    put(os.path.join(top, 'boot/pxeboot'), b'pxeboot')
    put(os.path.join(top, 'README.TXT'), b'FreeBSD/i386 6.2-RELEASE README\n')
    for name, n in (('base/base', 12), ('kernels/generic', 3), ('src/sbase', 2)):
        inf = 'Pieces =  %d\n' % n
        for i in range(n):
            path = os.path.join(top, '6.2-RELEASE', '%s.a%s' % (name, chr(97 + i)))
            put(path, rnd.randbytes(140000 + i))
            out = subprocess.run(['cksum', path], stdout=subprocess.PIPE, check=True).stdout.split()
            inf += 'cksum.a%s = %d %d\n' % (chr(97 + i), int(out[0]), int(out[1]))
        put(os.path.join(top, '6.2-RELEASE', name + '.inf'), inf.encode())
    old(top)


def linux(top):
    sets(os.path.join(top, 'distributions'), ('base', 'kernel'), 500000)
    put(os.path.join(top, 'boot/vmlinuz'), b'kernel')
    put(os.path.join(top, 'boot/initrd.img'), b'initrd')
    put(os.path.join(top, 'usr/lib/os-release'), b'NAME="Debian GNU/Linux"\nVERSION="12 (bookworm)"\n')
    os.makedirs(os.path.join(top, 'etc'))
    os.symlink('../usr/lib/os-release', os.path.join(top, 'etc/os-release'))
    odd_files(top)
    old(top)


def hostile(top):
    os.makedirs(top)

    def archive(name, *members):
        with tarfile.open(os.path.join(top, name + '.tar'), 'w', format=tarfile.PAX_FORMAT) as t:
            for path, kind, what in (('bin/freebsd-version', 'f', b'USERLAND_VERSION="14.3-RELEASE"\n'),) + members:
                i = tarfile.TarInfo(path)
                i.mode = 0o755
                i.type = {'f': tarfile.REGTYPE, 'd': tarfile.DIRTYPE, 's': tarfile.SYMTYPE, 'h': tarfile.LNKTYPE,
                          'c': tarfile.CHRTYPE, 'b': tarfile.BLKTYPE, 'p': tarfile.FIFOTYPE}[kind]
                if kind == 'f':
                    i.size = len(what)
                elif kind in 'sh':
                    i.linkname = what
                t.addfile(i, io.BytesIO(what) if kind == 'f' else None)

    archive('dotdot', ('../evil', 'f', b'x'))
    archive('dotdot-inside', ('usr/../../evil', 'f', b'x'))
    archive('absolute', ('/tmp/provd-evil', 'f', b'x'))
    archive('through-link', ('out', 's', '..'), ('out/evil', 'f', b'x'))
    archive('through-dir-link', ('out', 's', '/tmp'), ('out', 'd', ''), ('out/provd-evil', 'f', b'x'))
    archive('over-link', ('out', 's', '../evil'), ('out', 'f', b'x'))
    archive('sets-through-link', ('usr', 's', '../../victim'), ('victim/freebsd-dist/base.txz', 'f', b'x'),
            ('victim/freebsd-dist/MANIFEST', 'f', b'base.txz\t' + b'0' * 64 + b'\t1\tbase\t"x"\ton\n'))
    archive('hard-out', ('evil', 'h', '../../../../etc/passwd'))
    archive('hard-absolute', ('evil', 'h', '/etc/passwd'))
    archive('hard-missing', ('evil', 'h', 'etc/passwd'))
    archive('hard-through-link', ('out', 's', '/etc'), ('evil', 'h', 'out/passwd'))
    archive('long-name', ('usr/' + 'n' * 300, 'f', b'x'))
    archive('long-path', ('/'.join(['d' * 100] * 15), 'f', b'x'))
    archive('deep-path', ('/'.join(['d'] * 200), 'f', b'x'))
    archive('twice', ('usr/a', 'f', b'x'), ('usr/a', 'f', b'y'))
    archive('file-over-dir', ('usr/a', 'd', ''), ('usr/a', 'f', b'y'))
    archive('below-file', ('usr/a', 'f', b'x'), ('usr/a/b', 'f', b'y'))
    archive('root-is-file', ('.', 'f', b'x'))
    archive('our-name', ('.provd/x/install', 'f', b'x'))
    with tarfile.open(os.path.join(top, 'flags.tar'), 'w', format=tarfile.PAX_FORMAT) as t:
        for path, flags in (('bin/freebsd-version', ''), ('libexec/ld-elf.so.1', 'schg,uarch')):
            i = tarfile.TarInfo(path)
            i.mode, i.uid, i.pax_headers = 0o555, 0, {'SCHILY.fflags': flags} if flags else {}
            t.addfile(i)
    archive('devices', ('dev/null', 'c', ''), ('dev/sda', 'b', ''), ('dev/fifo', 'p', ''), ('usr/a', 'f', b'x'))


{'modern': modern, 'classic': classic, 'linux': linux, 'hostile': hostile}[sys.argv[1]](sys.argv[2])
