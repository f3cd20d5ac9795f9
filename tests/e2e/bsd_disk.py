"""A FreeBSD disk, seen from outside (its tables) and from its own tools.

describe() reads the image: MBR or GPT, BSD labels inside slices, the magic
numbers of UFS, ZFS and FAT where the table says they are.  check_mounted() has
the running system check its filesystems.
"""
import re
import struct
import uuid

SECTOR = 512
BSD_MAGIC = 0x82564557
UFS1, UFS2 = 0x011954, 0x19540119
GPT_TYPES = {
    "83bd6b9d-7f41-11dc-be0b-001560b84f0f": "freebsd-boot",
    "516e7cb5-6ecf-11d6-8ff8-00022d09712b": "freebsd-swap",
    "516e7cb6-6ecf-11d6-8ff8-00022d09712b": "freebsd-ufs",
    "516e7cba-6ecf-11d6-8ff8-00022d09712b": "freebsd-zfs",
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "efi",
}


def ufs(f, start):
    """What the superblock at one of its places says, or None."""
    for off in (65536, 8192):
        f.seek(start + off + 1372)
        magic = f.read(4)
        if magic in (struct.pack("<I", UFS1), struct.pack("<I", UFS2)):
            f.seek(start + off + 52)
            frag, = struct.unpack("<i", f.read(4))[:1]
            return "UFS%d" % (1 if magic == struct.pack("<I", UFS1) else 2)
    return None


def content(f, start, size):
    u = ufs(f, start)
    if u:
        return u
    f.seek(start + 510)
    boot = f.read(2)
    f.seek(start + 82)
    if boot == b"\x55\xaa" and f.read(5) == b"FAT32":
        return "FAT32"
    f.seek(start + 54)
    if boot == b"\x55\xaa" and f.read(3) == b"FAT":
        return "FAT"
    # an uberblock in the first ZFS label, 128 KiB in
    f.seek(start + (128 << 10))
    ring = f.read(128 << 10)
    if b"\x0c\xb1\xba\x00\x00\x00\x00\x00" in ring:
        return "ZFS"
    f.seek(start + size - SECTOR)
    if f.read(16).startswith(b"GEOM::ELI"):
        return "geli"
    return "nothing known"


def labels(f, start):
    """The BSD label of a slice: (letter, offset, size, fstype) in bytes."""
    f.seek(start + SECTOR)
    b = f.read(SECTOR)
    magic, = struct.unpack_from("<I", b, 0)
    if magic != BSD_MAGIC:
        return []
    n, = struct.unpack_from("<H", b, 138)
    sum_ = 0
    for i in range(0, 148 + n * 16, 2):
        sum_ ^= struct.unpack_from("<H", b, i)[0]
    assert sum_ == 0, "the label's checksum"
    found = []
    for i in range(min(n, 8)):
        size, off, fsize, fstype, frag, cpg = struct.unpack_from("<IIIBBH", b, 148 + 16 * i)
        if size:
            found.append((chr(ord("a") + i), off * SECTOR, size * SECTOR, fstype))
    raw = [p for p in found if p[0] == "c"]
    assert raw, "partition c is there"
    # old labels count from the disk's start, c says from where
    base = raw[0][1]
    return [(l, start + off - base, size, t) for l, off, size, t in found]


def describe(disk):
    """Lines about everything on the disk; AssertionError for what can't be."""
    out = []
    with open(disk, "rb") as f:
        f.seek(0, 2)
        end = f.tell()
        f.seek(0)
        mbr = f.read(SECTOR)
        assert mbr[510:] == b"\x55\xaa", "a boot record"
        f.seek(SECTOR)
        head = f.read(92)
        if head[:8] == b"EFI PART":
            first, = struct.unpack_from("<Q", head, 72)
            n, size = struct.unpack_from("<II", head, 80)
            last = 0
            for i in range(min(n, 128)):
                f.seek(first * SECTOR + i * size)
                e = f.read(size)
                kind = str(uuid.UUID(bytes_le=e[:16]))
                if kind == str(uuid.UUID(int=0)):
                    continue
                lo, hi = struct.unpack_from("<QQ", e, 32)
                assert last <= lo <= hi and (hi + 1) * SECTOR <= end, "partitions lie in order on the disk"
                last = hi + 1
                name = e[56:128].decode("utf-16-le").rstrip("\0")
                start, length = lo * SECTOR, (hi + 1 - lo) * SECTOR
                out.append("p%d %s at %d MiB, %d MiB, named %s: %s" % (
                    i + 1, GPT_TYPES.get(kind, kind), start >> 20, length >> 20,
                    name or "nothing", content(f, start, length)))
            return ["GPT"] + out
        out.append("MBR, %s" % ("boot manager boot0" if b"Boot  F" in mbr or b"F1" in mbr or b"FreeBS\xc4" in mbr else "plain boot record"))
        for i in range(4):
            flag, kind, lba, length = struct.unpack_from("<B3xB3xII", mbr, 446 + 16 * i)
            if not kind:
                continue
            assert (lba + length) * SECTOR <= end, "slices lie on the disk"
            out.append("s%d type %d%s at %d, %d MiB" % (i + 1, kind, ", active" if flag == 0x80 else "",
                                                        lba, length * SECTOR >> 20))
            if kind != 165:
                continue
            for letter, at, size, fstype in labels(f, lba * SECTOR):
                assert at + size <= (lba + length) * SECTOR, "partitions lie in their slice"
                out.append("s%d%s fstype %d at +%d, %d MiB: %s" % (
                    i + 1, letter, fstype, (at - lba * SECTOR) // SECTOR, size >> 20,
                    "" if letter == "c" else content(f, at, size)))
    return out


def check_mounted(m, say, check):
    """fsck of what is mounted (read-only, after a sync), or a scrub of pools."""
    out, _ = m.shell("mount -p", 60)
    kinds = [l.split()[:3] for l in out.split("\n") if len(l.split()) >= 3]
    pools = sorted({k[0].split("/")[0] for k in kinds if k[2] == "zfs"})
    for pool in pools:
        m.shell("zpool scrub %s; while zpool status %s | grep -q 'scrub in progress'; do sleep 1; done" % (pool, pool), 900)
        text, _ = m.shell("zpool status %s" % pool, 60)
        check(re.search(r"state: ONLINE", text) and re.search(r"errors: No known data errors", text)
              and not re.search(r"\b(DEGRADED|FAULTED|UNAVAIL)\b", text),
              "the pool %s is online and was scrubbed without errors" % pool)
    ufs_mounts = [k for k in kinds if k[2] == "ufs"]
    if not ufs_mounts:
        return
    # single user: filesystems read-only, then a full check of each
    m.send("shutdown now\n")
    m.wait_for(r"(?i)RETURN for /bin/sh", 300)
    m.send("\n")
    m.wait_for(r"[#$] ?$", 60)
    m.shell("export PATH=/sbin:/bin:/usr/sbin:/usr/bin; sync; sync; umount -at noufs; umount -at ufs; mount -u -o ro -f /", 120)
    for dev, where, _ in ufs_mounts:
        if dev.startswith("/dev/md"):	# a jail's, whose file was detached by the shutdown
            m.shell("mount -r -a -t ufs; while read -r u f; do [ -e /dev/md$u ] || "
                    "mdconfig -a -t vnode -o readonly -f $f -u $u; done < /etc/mdvolumes", 120)
        text, _ = m.shell("fsck_ffs -n -f %s || fsck_ffs -n %s" % (dev, dev), 900)
        # What -n makes it say of every filesystem with soft updates.
        said = re.sub(r"SETTING DIRTY FLAG IN READ_ONLY MODE\s+"
                      r"UNEXPECTED SOFT UPDATE INCONSISTENCY", "", text)
        clean = "Phase 5" in said and not re.search(
            r"INCONSISTEN|UNREF|BAD|MISSING|WRONG|DIRTY FS MARKED|CORRUPT", said)
        if not clean:
            say(text)
        check(clean, "fsck finds %s at %s without fault" % (dev, where))
