"""What an installation left on a disk image, seen from outside.

The machine is off; the image is read with sfdisk, e2fsck, debugfs and
xfs_repair, so that neither a loop device nor a mount is needed.  Everything
that is found wrong raises AssertionError; what was proved is returned as lines.
"""
import json
import os
import re
import subprocess
import tarfile
import tempfile

# The only files that are not as the distributions have them: written by the
# profile's steps, and looked at one by one.  Times do not count.
CHANGED = {"etc/fstab", "etc/shadow", "etc/shadow-", "etc/timezone",
           "etc/machine-id", "etc/localtime"}
# The system's first boot gives these to a group or another mode (tmpfiles.d).
BOOT_OWNS = ("var/log", "var/lib/private", "var/cache/private", "var/log/private")


def out(*cmd, codes=(0,)):
    r = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL)
    text = r.stdout.decode(errors="replace")
    assert r.returncode in codes, "%s: exit code %d: %s" % (
        " ".join(cmd), r.returncode, text[-500:])
    return text


def partitions(disk):
    table = json.loads(out("sfdisk", "-J", disk))["partitiontable"]
    assert table["label"] == "dos", "an MBR partition table"
    found = [(int(p["start"]) * 512, int(p["size"]) * 512, p["type"],
              p.get("bootable", False)) for p in table["partitions"]]
    end = 0
    for start, size, _, _ in found:
        assert start >= end, "partitions do not overlap"
        end = start + size
    assert end <= os.path.getsize(disk), "the partitions end on the disk"
    return found


def extract(disk, start, size, to):
    """A partition as a sparse file of its own."""
    with open(disk, "rb") as src, open(to, "wb") as dst:
        dst.truncate(size)
        src.seek(start)
        at = 0
        while at < size:
            block = src.read(min(1 << 20, size - at))
            assert block, "the image is shorter than its partitions"
            if block.count(0) != len(block):
                dst.seek(at)
                dst.write(block)
            at += len(block)


def members(tree, sets):
    """path -> TarInfo of everything that was to be unpacked; later sets win."""
    found = {}
    for name in sets:
        path = os.path.join(tree, "distributions", name + ".txz")
        with tarfile.open(path, "r|xz") as tar:
            for m in tar:
                found[m.name.removeprefix("./").rstrip("/")] = m
    found.pop("", None)
    found.pop(".", None)
    return found


STAT = re.compile(r"Inode: (\d+)\s+Type: (\w+(?: \w+)?)\s+Mode:\s+(\d+).*?"
                  r"User:\s+(\d+)\s+Group:\s+(\d+).*?Size: (\d+)", re.S)


def stat_all(fs, paths):
    """debugfs's stat of every path, in one go."""
    with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as script:
        for p in paths:
            script.write('stat "/%s"\n' % p.replace('"', '""'))
        script.flush()
        text = out("debugfs", "-f", script.name, fs)
    parts = re.split(r'^debugfs: stat ".*"$', text, flags=re.M)[1:]
    assert len(parts) == len(paths), "debugfs answered for every path"
    return dict(zip(paths, parts))


KIND = {"regular": tarfile.REGTYPE, "directory": tarfile.DIRTYPE,
        "symlink": tarfile.SYMTYPE, "character special": tarfile.CHRTYPE,
        "block special": tarfile.BLKTYPE, "FIFO": tarfile.FIFOTYPE}


def compare(path, m, text, all_members):
    """What debugfs says of a path, against the archive's entry."""
    while m.islnk():
        m = all_members[m.linkname.removeprefix("./")]
    got = STAT.search(text)
    assert got, "/%s: is not on the disk" % path
    _, kind, mode, uid, gid, size = got.groups()
    if path == "etc/localtime":
        return
    assert KIND.get(kind) == m.type, "/%s: is a %s" % (path, kind)
    if path not in BOOT_OWNS:
        assert (int(uid), int(gid)) == (m.uid, m.gid), \
            "/%s: owner %s:%s instead of %d:%d" % (path, uid, gid, m.uid, m.gid)
        assert m.issym() or int(mode, 8) & 0o7777 == m.mode & 0o7777, \
            "/%s: mode %s instead of %o" % (path, mode, m.mode)
    if m.isreg() and path not in CHANGED:
        assert int(size) == m.size, "/%s: %s bytes instead of %d" % (path, size, m.size)
    fast = re.search(r'Fast link dest: "(.*)"', text)
    if m.issym() and fast:
        assert fast.group(1) == m.linkname, "/%s: links to %s" % (path, fast.group(1))


CAPABILITY = "SCHILY.xattr.security.capability"


def compare_contents(fs, tree, sets, dump):
    """Every byte of every regular file, and capabilities; how many files."""
    os.mkdir(dump)
    out("debugfs", "-R", "rdump / " + dump, fs)
    count = 0
    for name in sets:
        with tarfile.open(os.path.join(tree, "distributions", name + ".txz"), "r|xz") as tar:
            for m in tar:
                path = m.name.removeprefix("./")
                if not m.isreg() or path in CHANGED:
                    continue
                with open(os.path.join(dump, path), "rb") as f:
                    assert f.read() == tar.extractfile(m).read(), \
                        "/%s: has other contents" % path
                if CAPABILITY in m.pax_headers:
                    text = out("debugfs", "-R", "ea_get -x /%s security.capability" % path, fs)
                    value = re.search(r"\(\d+\) = ([0-9a-f ]+)", text)
                    wanted = m.pax_headers[CAPABILITY].encode("utf-8", "surrogateescape")
                    assert value and bytes.fromhex(value.group(1)) == wanted, \
                        "/%s: has other capabilities" % path
                count += 1
    return count


def check_settings(dump, host, root_hash):
    """The files that the profile's steps wrote, but for fstab."""
    def read(path):
        with open(os.path.join(dump, path)) as f:
            return f.read()

    assert read("etc/hostname") == host + "\n", "/etc/hostname"
    assert re.search(r"^127\.0\.1\.1\s+%s$" % host, read("etc/hosts"), re.M), "/etc/hosts"
    assert re.fullmatch(r"[0-9a-f]{32}\n", read("etc/machine-id")), "/etc/machine-id"
    assert os.readlink(os.path.join(dump, "etc/localtime")).endswith(
        "zoneinfo/" + read("etc/timezone").strip()), "/etc/localtime"
    shadow = [line.split(":") for line in read("etc/shadow").splitlines()]
    for user, password in [line[:2] for line in shadow]:
        if user != "root":
            assert password in ("*", "!", "!*"), "%s cannot log in" % user
        elif root_hash:
            assert password == root_hash, "root's password is the profile's"


def check_installed(disk, tree, sets=("base", "kernel"), host="web1", root_hash=None,
                    least=5000):
    said = []
    parts = partitions(disk)
    assert [p[2] for p in parts] == ["82", "83", "83"], "swap, data and root: %r" % parts
    assert [p[3] for p in parts] == [False, False, True], "the root partition is active"
    assert parts[0][1] in (512 << 20, 256 << 20) and parts[1][1] == 1 << 30, \
        "sizes as in the profile: %r" % parts
    said.append("MBR with swap, data and an active root, of the profile's sizes")
    with open(disk, "rb") as f:
        record = f.read(512)
    assert record[510:] == b"\x55\xaa" and b"GRUB" in record, "GRUB is in the boot record"
    said.append("GRUB is in the boot record")
    with tempfile.TemporaryDirectory(dir=os.path.dirname(disk)) as tmp:
        srv, root = os.path.join(tmp, "srv"), os.path.join(tmp, "root")
        extract(disk, *parts[1][:2], srv)
        out("xfs_repair", "-n", "-f", srv)
        extract(disk, *parts[2][:2], root)
        out("e2fsck", "-f", "-n", root)
        said.append("e2fsck and xfs_repair find nothing wrong")
        uuid = {fs: out("blkid", "-p", "-s", "UUID", "-o", "value", path).strip()
                for fs, path in (("ext4", root), ("xfs", srv))}
        fstab = out("debugfs", "-R", "cat /etc/fstab", root)
        mounts = {line.split()[1]: line.split() for line in fstab.splitlines()
                  if line.startswith("UUID=")}
        for where, fs in (("/", "ext4"), ("/srv", "xfs")):
            assert mounts[where][0] == "UUID=" + uuid[fs] and mounts[where][2] == fs, \
                "fstab has the UUID of " + where
        assert "none" in mounts and mounts["none"][2] == "swap"
        said.append("fstab names root, /srv and swap by their UUIDs")
        want = members(tree, sets)
        assert len(want) > least, "the distributions have their files"
        texts = stat_all(root, list(want))
        for path, m in want.items():
            compare(path, m, texts[path], want)
        dump = os.path.join(tmp, "dump")
        count = compare_contents(root, tree, sets, dump)
        said.append("%d members of the distributions are there with type, mode, owner and "
                    "link target; %d files have every byte" % (len(want), count))
        check_settings(dump, host, root_hash)
        said.append("host name, hosts, machine id, time zone and passwords are the profile's")
    return said
