"""What an install script does over NFS.

	nfs_install.py v3tcp|v2tcp|v2udp SERVER TOKEN TREE STEP [ARG...]
"""
import os
import sys

from nfsclient import Nfs, Nfs2, Tcp, Udp

how, server, token, tree, step = sys.argv[1:6]
args = sys.argv[6:]
n = (Nfs if how.startswith('v3') else Nfs2)(
    (Tcp if how.endswith('tcp') else Udp)(server))
OWN = '/.provd/' + token


def status_of(f, *a):
    try:
        f(*a)
        return 0
    except OSError as e:
        return e.errno


def claim(number, want):
    root = n.mount(OWN + '/root')
    fh, attr = n.walk(root, '.provd/%s/claim/%s' % (token, number))
    line, eof = n.read(fh, 0, 32768)
    assert eof and len(line) == attr['size'] == 128, (len(line), attr)
    text = line.rstrip(b'\n').decode()
    print(text)
    assert text.startswith(want), text


def report(name, want='0'):
    root = n.mount(OWN + '/root')
    d, _ = n.walk(root, '.provd/%s/report' % token)
    assert {e[0] for e in n.readdir(d, 8704, True)} == {b'.', b'..'}
    got = status_of(n.lookup, d, name.encode())
    assert got == int(want), got


def log_write(off, text):
    own = n.mount(OWN)
    fh, attr = n.lookup(own, b'log')
    n.touch(fh)			# as a client does around its writes
    n.write(fh, int(off), text.encode())


def log_is(text):
    fh, attr = n.lookup(n.mount(OWN), b'log')
    data = n.read_all(fh, 100)
    assert data == text.encode() and attr['size'] == len(data), data


def view(save):
    """The tree's bytes and the overlay's, the same from one run to the next."""
    root = n.mount(OWN + '/root')
    with open(os.path.join(tree, 'boot/vmlinuz'), 'rb') as f:
        assert n.read_all(n.walk(root, 'boot/vmlinuz')[0], 32768) == f.read()
    out, todo = [], [(root, '')]
    while todo:
        fh, path = todo.pop()
        for name, fileid, _new in sorted(n.readdir(fh, 1024)):
            if name in (b'.', b'..'):
                continue
            new, attr = n.lookup(fh, name)
            assert attr['fileid'] == fileid
            sub = path + '/' + name.decode()
            out.append('%s %s %x' % (sub, new.hex(), fileid))
            if attr['type'] == 2:
                todo.append((new, sub))
            elif attr['type'] == 1 and not os.path.exists(tree + sub):
                out.append(n.read_all(new, 4096).hex())
    text = '\n'.join(out)
    assert any(not os.path.exists(tree + line.split(' ')[0])
               for line in out if line.startswith('/')), 'no overlay'
    if os.path.exists(save):
        assert open(save).read() == text, 'the view has changed'
    else:
        open(save, 'w').write(text)


def refused():
    """Nothing of the installation, and nothing of a plain tree for a stranger."""
    assert status_of(n.mount, OWN + '/root') == 2
    assert status_of(n.mount, OWN) == 2
    assert status_of(n.mount, '/debian') == 13
    assert status_of(n.mount, '/.provd') == 2


{f.__name__: f for f in (claim, report, log_write, log_is, view, refused)}[step](*args)
