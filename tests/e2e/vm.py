"""A QEMU machine that boots from the network, for tests and the demo.

The machine has a virtio network card on a tap, an empty virtio disk, a serial
console and a QMP monitor.  One QEMU process goes through all its reboots; a
reset or a reboot inside starts with the firmware again, and that with the
network.  Both sockets are inherited descriptors, so that there is no name to
collide or to leave behind.
"""
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import sandbox  # noqa: E402

class Timeout(Exception):
    pass


class Ended(Exception):
    """The QEMU process has ended, or has been ended."""


def make_disk(path, size):
    """An empty disk image.  Raw, so that everybody can look into it."""
    with open(path, "wb") as f:
        f.truncate(size)


class Vm:
    """One machine.

    console is what came over the serial line, and grows; console_path is the
    same as a file.  on_line is called with each complete line, from a thread.
    """

    def __init__(self, workdir, tap, disk, name="vm", mac="52:54:00:12:34:56",
                 serial="DISK0001", memory=1024, cpus=2, boot="n", uuid=None,
                 romfile=None, firmware=None, accel=None, on_line=None, extra=()):
        self.name = name
        self.console = ""
        self.console_path = os.path.join(workdir, name + ".console")
        self.log_path = os.path.join(workdir, name + ".qemu.log")
        self.on_line = on_line
        self._seen = 0
        self._cond = threading.Condition()
        self._proc = None
        self._qmp = None
        self._qmp_buf = b""
        nic = "virtio-net-pci,netdev=n0,mac=%s" % mac
        if romfile is not None:
            nic += ",romfile=" + romfile
        self._argv = [
            "qemu-system-x86_64", "-name", name, "-no-user-config", "-nodefaults",
            "-accel", accel or os.environ.get("PROVD_ACCEL", "tcg,thread=multi"),
            "-smp", str(cpus), "-m", str(memory), "-display", "none",
            "-boot", boot,
            # mkfs and ssh-keygen would wait for randomness without it
            "-device", "virtio-rng-pci",
        ]
        if tap:
            self._argv += [
                "-netdev", "tap,id=n0,ifname=%s,script=no,downscript=no" % tap, "-device", nic]
        if disk:
            self._argv += [
                "-drive", "id=d0,if=none,format=raw,file=%s,cache=unsafe,discard=unmap"
                % disk.replace(",", ",,"),
                "-device", "virtio-blk-pci,drive=d0,serial=" + serial]
        if uuid:
            self._argv += ["-uuid", uuid]
        if firmware:
            self._argv += ["-bios", firmware]
        self._argv += list(extra)

    def start(self):
        sandbox.need("qemu-system-x86_64")
        con, con_far = socket.socketpair()
        qmp, qmp_far = socket.socketpair()
        argv = self._argv + [
            "-chardev", "socket,id=con,fd=%d" % con_far.fileno(), "-serial", "chardev:con",
            "-chardev", "socket,id=qmp,fd=%d" % qmp_far.fileno(),
            "-mon", "chardev=qmp,mode=control"]
        with open(self.log_path, "w") as log:
            log.write(shlex.join(argv) + "\n")
            log.flush()
            self._proc = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=(con_far.fileno(), qmp_far.fileno()),
                # ^C at the terminal is for us, who then end it in good order
                start_new_session=True, preexec_fn=sandbox.die_with_parent)
        con_far.close()
        qmp_far.close()
        self._con = con
        self._qmp = qmp
        self._qmp.settimeout(10)
        threading.Thread(target=self._read_console, daemon=True).start()
        try:
            self._qmp_line()		# the greeting
            self.qmp("qmp_capabilities")
        except (OSError, Ended):
            self.kill()
            with open(self.log_path) as f:
                raise Ended("QEMU did not start: %s" % f.read().split("\n", 1)[1].strip()) from None
        return self

    @property
    def pid(self):
        return self._proc.pid if self._proc else None

    @property
    def running(self):
        return self._proc is not None and self._proc.poll() is None

    # -- console

    def _read_console(self):
        line = ""
        with open(self.console_path, "wb") as f:
            while True:
                try:
                    data = self._con.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    break
                f.write(data)
                f.flush()
                text = data.decode("latin-1")
                with self._cond:
                    self.console += text
                    self._cond.notify_all()
                if self.on_line:
                    *lines, line = (line + text).split("\n")
                    for done in lines:
                        self.on_line(done.rstrip("\r"))
        with self._cond:
            self._con_ended = True
            self._cond.notify_all()

    _con_ended = False

    def wait_for(self, regex, timeout):
        """Wait until regex matches what came after the last match."""
        rx = re.compile(regex)
        end = time.monotonic() + timeout
        with self._cond:
            while True:
                m = rx.search(self.console, self._seen)
                if m:
                    self._seen = m.end()
                    return m
                if self._con_ended:
                    raise Ended("%s ended before /%s/ was seen" % (self.name, regex))
                left = end - time.monotonic()
                if left <= 0:
                    raise Timeout("/%s/ was not seen on %s within %d s; see %s"
                                  % (regex, self.name, timeout, self.console_path))
                self._cond.wait(min(left, 1))

    def send(self, text):
        self._con.sendall(text.encode())

    def shell(self, command, timeout=60):
        """Run a command in a shell at the console; (its output, its status)."""
        self._turn = getattr(self, "_turn", 0) + 1
        # Split in what is typed, so that the echo does not match.
        tag = "done-%d" % self._turn
        self.send("%s; echo \"@do\"\"ne-%d $?@\"\n" % (command, self._turn))
        m = self.wait_for(r"(?s)(.*?)@%s (\d+)@" % tag, timeout)
        lines = re.sub(r"\r|\x1b\[\?2004[hl]", "", m.group(1)).split("\n")
        # The echo comes once or twice, depending on who was faster.
        echo = max((i for i, l in enumerate(lines) if '"@do""ne-' in l), default=-1)
        return "\n".join(lines[echo + 1:]).strip("\n"), int(m.group(2))

    # -- monitor

    def _qmp_line(self):
        while b"\n" not in self._qmp_buf:
            data = self._qmp.recv(65536)
            if not data:
                raise Ended("%s: QEMU has gone" % self.name)
            self._qmp_buf += data
        line, self._qmp_buf = self._qmp_buf.split(b"\n", 1)
        return json.loads(line)

    def qmp(self, command, **args):
        """Execute a monitor command and return what it returns."""
        msg = {"execute": command}
        if args:
            msg["arguments"] = args
        self._qmp.sendall(json.dumps(msg).encode() + b"\n")
        while True:		# events may come in between
            reply = self._qmp_line()
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise RuntimeError("%s: %s" % (command, reply["error"]["desc"]))

    def reset(self):
        self.qmp("system_reset")

    def powerdown(self, timeout=60):
        """The power button; waits until the system inside has halted."""
        self.qmp("system_powerdown")
        self.wait(timeout)

    def quit(self):
        """Pull the plug: like a power failure for what runs inside."""
        if self.running:
            try:
                self.qmp("quit")
            except (OSError, Ended):
                pass
            try:
                self.wait(10)
            except Timeout:
                pass
        self.kill()

    def wait(self, timeout):
        try:
            return self._proc.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Timeout("%s still runs after %d s" % (self.name, timeout)) from None

    def kill(self):
        if self.running:
            self._proc.kill()
            self._proc.wait()
        for s in (self._qmp, getattr(self, "_con", None)):
            if s:
                s.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.quit()
