#!/usr/bin/env python3
"""A bare machine installs itself from provd, before your eyes.

An empty QEMU machine is switched on in a network of its own, where provd is
the only server, and is watched until it has booted from its own disk.  Nothing
on this computer is touched but build/demo; everything that was started or made
goes with this program, however it ends.
"""
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "lib")]
import sandbox  # noqa: E402
import vm  # noqa: E402

BUILD = os.path.join(TOP, "build")
DIR = os.path.join(BUILD, "demo")
MAC = "52:54:00:12:34:56"
LIMIT = 900

# What a stage is called when a person looks on.
STAGES = {
    "": "switched on, its firmware starts",
    "dhcp": "firmware: DHCP",
    "tftp": "boot files over TFTP",
    "kernel": "the kernel starts",
    "root": "root mounted over NFS, the script starts",
}


class Failed(Exception):
    pass


def provctl(*args):
    r = subprocess.run([os.path.join(BUILD, "provctl"), "-s", os.path.join(DIR, "ctl"), *args],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, text=True,
                       start_new_session=True)	# not hit by our ^C
    if r.returncode != 0:
        raise Failed("provctl %s: %s" % (" ".join(args), r.stdout.strip()))
    return r.stdout


def configure(bridge, password):
    hashed = subprocess.run(["openssl", "passwd", "-6", password], text=True,
                            stdout=subprocess.PIPE, check=True).stdout.strip()
    with open(os.path.join(DIR, "provd.yaml"), "w") as f:
        f.write(f"""\
interface: {bridge.name}
state: state
socket: ctl
user: root
read-all-files: yes
boot-programs: {BUILD}/boot
trees:
  debian: {{ path: {BUILD}/tree/debian }}
profiles: [ {TOP}/profiles/debian.yaml ]
hosts:
  demo1:
    mac: "{MAC}"
    profile: debian
    loader: pxelinux
    vars: {{ root_password: "{hashed}", disk_serial: DISK0001 }}
""")


def start_provd():
    log = open(os.path.join(DIR, "provd.log"), "wb")
    p = subprocess.Popen([os.path.join(BUILD, "provd"), "-f", os.path.join(DIR, "provd.yaml")],
                         stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                         start_new_session=True, preexec_fn=sandbox.die_with_parent)
    for _ in range(200):
        try:
            provctl("hosts")
            return p
        except Failed:
            if p.poll() is not None:
                break
            time.sleep(0.1)
    with open(os.path.join(DIR, "provd.log")) as f:
        raise Failed("provd did not start: " + f.read().strip())


class Display:
    """A line for every moment; on a terminal it lives until the next begins."""

    def __init__(self):
        self.live = sys.stdout.isatty()
        self.begin = time.monotonic()
        self.moment = self.quarter = self.stale = None

    def show(self, h):
        elapsed = int(time.monotonic() - self.begin)
        progress = (h["file"], h["file_percent"])
        loading = h["stage"] == "kernel" and h["file_percent"] not in (None, 100)
        if h["state"] == "installed":
            text = "restarts"
        elif h["state"] == "local":
            text = "firmware was sent to the disk"
        elif h["step"]:
            text = "step %d/%d %s" % (h["step"], h["steps"], h["step_name"])
        else:
            text = STAGES.get("tftp" if loading else h["stage"], h["stage"])
        moment, quarter = (h["state"], text), None
        if moment != self.moment:
            self.stale = progress	# of the moment before
        if h["state"] in ("booting", "installing") and progress != self.stale and \
           h["file"] and h["file_percent"] is not None:
            self.stale = None
            quarter = (h["file"], h["file_percent"] // 25)
            text += "  %s %d%%" % progress
        if h["stuck"]:
            text += "  (%s)" % h["stuck"]
        line = "%3d:%02d  %-10s  %s" % (elapsed // 60, elapsed % 60, h["state"], text)
        if self.live:
            if self.moment not in (None, moment):
                sys.stdout.write("\n")
            columns = shutil.get_terminal_size().columns
            sys.stdout.write("\r\x1b[K" + line[:columns - 1])
        elif (moment, quarter) != (self.moment, self.quarter):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
        self.moment, self.quarter = moment, quarter

    def end(self):
        if self.live and self.moment:
            sys.stdout.write("\n")
            self.moment = None


def watch(machine, display):
    """Until the installed system asks for a login, booted from its disk."""
    while True:
        h = json.loads(provctl("--json", "hosts"))["hosts"][0]
        display.show(h)
        if h["state"] == "failed":
            raise Failed("the installation failed: " + h["reason"])
        if h["state"] == "local" and "demo1 login: " in machine.console:
            return time.monotonic() - display.begin
        if not machine.running:
            raise Failed("the machine ended by itself")
        if time.monotonic() - display.begin > LIMIT:
            raise Failed("not done after %d minutes%s" % (
                LIMIT // 60, ": " + h["stuck"] if h["stuck"] else ""))
        time.sleep(0.5)


def prove(machine, password):
    """Log in, and compare what is so with what was asked for."""
    machine.wait_for("demo1 login: ", 30)
    machine.send("root\n")
    machine.wait_for("Password: ", 60)
    machine.send(password + "\n")
    machine.wait_for("# ", 60)
    print("\nThe installed machine, on its serial console:\n")
    said = {}
    for command in ("hostname", "cat /etc/fstab",
                    "findmnt --real -lno TARGET,SOURCE,FSTYPE,UUID",
                    "swapon --noheadings --show=NAME,UUID"):
        said[command], code = machine.shell(command)
        print("  # %s\n    %s" % (command, said[command].replace("\n", "\n    ")))
        if code != 0:
            raise Failed("%s failed on the installed machine" % command)
    name, fstab, mounts, swap = said.values()
    print("\nprovctl hosts:\n")
    print("    " + provctl("hosts").rstrip().replace("\n", "\n    ") + "\n")
    if name != "demo1":
        raise Failed("the host name is %s" % name)
    wanted = [l.split() for l in fstab.splitlines() if l.strip() and l[0] != "#"]
    for uuid, where, fs in [l[:3] for l in wanted]:
        there = swap if fs == "swap" else \
            " ".join(l for l in mounts.splitlines() if l.split()[0] == where)
        if uuid.removeprefix("UUID=") not in there or "/dev/vda" not in there:
            raise Failed("%s is not mounted from its disk as fstab says" % where)
    if {l[1] for l in wanted} != {"/", "/srv", "none"}:
        raise Failed("fstab does not name what the profile does")
    state = json.loads(provctl("--json", "hosts"))["hosts"][0]["state"]
    if state != "local":
        raise Failed("provd says the host is %s" % state)
    machine.powerdown(120)


def main():
    for name in ("provd", "provctl", "tree/debian/distributions/MANIFEST", "boot/pxelinux.0"):
        if not os.path.exists(os.path.join(BUILD, name)):
            raise Failed("build/%s is missing; run: make demo" % name)
    os.makedirs(DIR, exist_ok=True)
    lock = open(os.path.join(DIR, ".lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failed("another demo is running here") from None
    for name in os.listdir(DIR):
        if name != ".lock":
            path = os.path.join(DIR, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    bridge = sandbox.Bridge(address="192.168.10.1/24")
    bridge.advertise()
    password = secrets.token_hex(8)
    configure(bridge, password)
    provd = start_provd()
    provctl("arm", "demo1", "--yes")
    disk = os.path.join(DIR, "disk.img")
    vm.make_disk(disk, 3 << 30)
    print("demo1 is armed; an empty machine is switched on, and boots from the network.\n"
          "Its console is in build/demo/vm.console, provd's log in build/demo/provd.log.\n")
    with vm.Vm(DIR, bridge.tap(), disk, mac=MAC) as machine:
        display = Display()
        try:
            took = watch(machine, display)
        finally:
            display.end()
        prove(machine, password)
    provd.terminate()
    if provd.wait(20) != 0:
        raise Failed("provd ended with an error; see build/demo/provd.log")
    print("Done: an empty disk became a machine that boots by itself, in %d:%02d."
          % (took // 60, took % 60))


if __name__ == "__main__":
    try:
        sandbox.enter()
        main()
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; nothing is left running (logs: build/demo)")
    except (Failed, vm.Timeout, vm.Ended, sandbox.Missing, RuntimeError) as e:
        sys.exit("\ndemo: %s\n(logs: build/demo)" % e)
