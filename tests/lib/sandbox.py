"""A network, mount and process namespace of one's own, and a bridge in it.

enter() runs the calling program again inside such namespaces.  The program is
then process 1 of its namespace: whatever it started, and every interface and
mount it made, is gone the moment it ends, in whatever way it ends.
"""
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

# Where Debian has the programs that are needed.
PACKAGES = {
    "ip": "iproute2", "mount": "mount", "sudo": "sudo", "openssl": "openssl",
    "qemu-system-x86_64": "qemu-system-x86", "sfdisk": "fdisk", "blkid": "util-linux",
    "e2fsck": "e2fsprogs", "debugfs": "e2fsprogs", "xfs_repair": "xfsprogs",
}

libc = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """Something that this machine lacks; the text says what to do."""


def need(*tools):
    """Refuse to go on when a program is not installed."""
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    gone = sorted({PACKAGES.get(t, t) for t in tools if not shutil.which(t)})
    if gone:
        raise Missing("missing: %s; run: apt-get install %s"
                      % (", ".join(gone), " ".join(gone)))


def die_with_parent():
    """For preexec_fn: nobody is left when we are killed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def run(*cmd):
    """Run a short command; its own words are the error."""
    r = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, text=True)
    if r.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(cmd), r.stdout.strip()))
    return r.stdout


def _call(what, result):
    if result != 0:
        e = ctypes.get_errno()
        raise Missing("%s: %s; a container may need more rights (root, "
                      "CAP_SYS_ADMIN, CAP_NET_ADMIN)" % (what, os.strerror(e)))


def enter():
    """Run the rest of this program as process 1 of new namespaces.

    The calling process stays outside and passes on signals and the exit
    status.  As a user it begins again under sudo: taps, mounts, the ports
    below 1024 and the owners of installed files need root.
    """
    need("ip", "mount")
    if os.geteuid() != 0:
        need("sudo")
        keep = ["%s=%s" % v for v in os.environ.items() if v[0].startswith("PROVD_")]
        os.execvp("sudo", ["sudo", "--", "env", *keep, sys.executable, "-u", *sys.argv])
    sys.stdout.flush()
    _call("namespaces cannot be made",
          libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET))
    child = os.fork()
    if child != 0:
        _stand_outside(child)
    die_with_parent()
    # Process 1 gets no signal that it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    _call("mounts cannot be made private",
          libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    run("mount", "-t", "proc", "proc", "/proc")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run")
    run("ip", "link", "set", "lo", "up")


def _stand_outside(child):
    # The terminal's ^C reaches the child by itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for s in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, lambda n, _: os.kill(child, n))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


class Bridge:
    """An Ethernet segment with the server's address on the host's side."""

    def __init__(self, name="br0", address="10.9.0.1/24"):
        self.name = name
        self.address = address.split("/")[0]
        self.taps = 0
        try:
            # forward_delay 0: the first frame of a machine is not lost
            run("ip", "link", "add", name, "type", "bridge", "forward_delay", "0")
        except RuntimeError as e:
            raise Missing("no bridge can be made (%s); run: modprobe bridge" % e) from None
        run("ip", "addr", "add", address, "brd", "+", "dev", name)
        run("ip", "link", "set", name, "up")

    def tap(self):
        """A new port of the segment for one machine; returns its name."""
        name = "tap%d" % self.taps
        self.taps += 1
        try:
            run("ip", "tuntap", "add", name, "mode", "tap")
        except RuntimeError as e:
            raise Missing("no tap device can be made (%s); run: modprobe tun" % e) from None
        run("ip", "link", "set", name, "master", self.name, "up")
        return name

    def advertise(self):
        """Be an IPv6 router that offers nothing, as long as we live.

        iPXE looks for one before it goes on with IPv4, and where there is
        none it takes 13 seconds to believe that.
        """
        if socket.has_ipv6:
            threading.Thread(target=self._advertise, daemon=True).start()

    def _advertise(self):
        # RFC 4861, 4.2: hop limit 64, no flags, not a default router
        advert = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 0, 0, 0)
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                               socket.IPPROTO_ICMPV6) as s:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
                index = socket.if_nametoindex(self.name)
                while True:
                    try:
                        s.sendto(advert, ("ff02::1", 0, 0, index))
                    except OSError:
                        pass		# no link-local address yet
                    time.sleep(0.5)
        except OSError:
            pass		# a kernel without IPv6: slower, not wrong
