"""A QEMU machine is inspected, armed and installed while the page is open.

Pictures of each stage are left in build/web/install; with PROVD_UPDATE=1 those
that the documents show are written to docs/img.
"""
import json
import os
import shutil
import sys
import time

from bench import BUILD, SERVER, TOP, Failed, Server, browser, check, sandbox, say

sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
import vm  # noqa: E402

BOOT, INSTALL = 420, 900	# under emulation, on a machine that does other things too
MAC = "52:54:00:12:34:56"
IMAGE_MAX = 150 << 10
DESK, PHONE = (1280, 800, 1, False), (390, 780, 2, True)


def config(bridge):
    text = ("interface: %s\nread-all-files: yes\nboot-programs: %s/boot\ntrees: { debian: { path: %s/tree/debian } }\n"
            "profiles: [ %s/profiles/debian.yaml ]\nhosts:\n" % (bridge.name, BUILD, BUILD, TOP))
    one = "  %s: { mac: '%s', profile: debian, loader: pxelinux, address: 192.168.10.%d, labels: { rack: '%d', role: %s } }\n"
    text += one % ("web1", MAC, 21, 7, "web")
    for i in range(2, 9):
        text += one % ("web%d" % i, "52:54:00:12:35:%02x" % i, 20 + i, 7 + i // 5, "web")
    for i in range(1, 5):
        text += one % ("db%d" % i, "52:54:00:12:36:%02x" % i, 40 + i, 7 + i // 3, "db")
    return text


class Case:
    def __init__(self):
        if not os.path.isdir(os.path.join(BUILD, "tree/debian")):
            raise Failed("there is no tree: make tree")
        self.bridge = sandbox.Bridge(address=SERVER + "/24")
        self.bridge.advertise()
        self.tap = self.bridge.tap()
        self.s = Server("install", config(self.bridge))
        self.disk = os.path.join(self.s.dir, "disk.img")
        vm.make_disk(self.disk, 3 << 30)
        self.b = browser(self.s)
        self.bars = []

    def machine(self, name):
        return vm.Vm(self.s.dir, self.tap, self.disk, name=name, mac=MAC)

    def shoot(self, name, docs=False):
        """Large and small, light and dark."""
        b = self.b
        for size, (w, h, scale, mobile) in ("desk", DESK), ("phone", PHONE):
            b.resize(w, h, scale, mobile)
            for scheme in "light", "dark":
                b.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
                b.js("new Promise(r => setTimeout(r, 250))")
                path = os.path.join(self.s.dir, "%s-%s-%s.png" % (name, size, scheme))
                n = b.shot(path)
                bad = b.js("checks.contrast()")["bad"]
                if bad:
                    raise Failed("contrast of %s: %s" % (path, bad))
                if docs and (size, scheme) in (("desk", "light"), ("phone", "dark")):
                    check(n < IMAGE_MAX, "%s is small enough for a document: %d bytes" % (name, n))
                    if os.environ.get("PROVD_UPDATE") == "1":
                        os.makedirs(os.path.join(TOP, "docs/img"), exist_ok=True)
                        shutil.copy(path, os.path.join(TOP, "docs/img/web-%s%s.png" % (name, "-phone" if mobile else "")))
        b.resize(*DESK)
        b.media(prefers_color_scheme="light")

    def view(self, path, expect):
        self.b.js("location.hash = %s" % json.dumps("#/" + path))
        self.b.until("document.querySelector('main h1')?.innerText === %s" % json.dumps(expect))
        time.sleep(0.5)

    def until(self, what, text, timeout, machine):
        """what(host) of provctl; meanwhile the page must say the same."""
        end = time.monotonic() + timeout
        last = None
        while True:
            h = self.s.json("show", "web1")
            if last != (h["state"], h["step_name"], h["stage"]):
                last = h["state"], h["step_name"], h["stage"]
                say("%s %s, %s, step %d %s" % (time.strftime("%H:%M:%S"), h["state"], h["stage"], h["step"], h["step_name"]))
            bar = self.b.js("document.querySelector('.status .barline:not([hidden]) .bar')?.getAttribute('aria-valuenow')")
            if bar is not None:
                self.bars.append(int(bar))
            if what(h):
                return h
            if h["state"] == "failed":
                raise Failed("failed while waiting for %s: %s" % (text, h["reason"]))
            if not machine.running:
                raise Failed("the machine ended while waiting for " + text)
            if time.monotonic() > end:
                raise Failed("no %s within %d s" % (text, timeout))
            time.sleep(1)

    def page_says(self, state):
        self.b.until("document.querySelector('.status strong')?.innerText === %s" % json.dumps(state), 15,
                     "%s on the page" % state)

    def inspect(self):
        b = self.b
        b.go(self.s.url)
        b.until("document.querySelectorAll('.rows .row').length === 12")
        self.shoot("fleet-ready")
        self.view("host/web1", "web1")
        b.click(".actions [data-do=inspect]")
        b.until("document.querySelector('dialog .main')")
        b.click("dialog .main")
        b.until("!document.querySelector('dialog')")
        with self.machine("inspected") as m:
            self.until(lambda h: h["facts"], "facts", BOOT, m)
        self.view("host/web1/facts", "web1")
        b.until("document.querySelector('.tab pre')?.innerText.includes('DISK0001')")
        say("ok: the page shows what was found")

    def arm(self):
        b = self.b
        self.view("host/web1", "web1")
        b.click(".actions [data-do=install]")
        b.until("document.querySelector('dialog .danger')?.dataset.ready")
        text = b.text("dialog")
        check("web1" in text and "/dev/vda, 3 GiB" in text, "the dialog names the host and the disk that was found")
        b.type("web1")
        self.shoot("arm", docs=True)
        b.click("dialog .danger")
        b.until("!document.querySelector('dialog')")
        check(self.s.state("web1") == "armed", "web1 is armed")
        self.s.ctl("arm", "web3", "web4", "db2", "--yes")

    def install(self):
        with self.machine("installed") as m:
            self.until(lambda h: h["state"] == "booting", "its first packet", BOOT, m)
            self.page_says("booting")
            self.shoot("booting")
            self.until(lambda h: h["step_name"] == "unpack_base", "unpacking", BOOT + INSTALL, m)
            self.page_says("installing")
            self.shoot("host", docs=True)
            self.view("host/web1/log", "web1")
            self.b.until("document.querySelector('.tab pre')?.innerText", 20, "lines of its log")
            self.shoot("host-log")
            self.view("hosts", "Hosts")
            self.shoot("fleet", docs=True)
            self.view("host/web1", "web1")
            self.until(lambda h: h["state"] in ("installed", "local"), "the end", INSTALL, m)
            self.b.until("['installed', 'local'].includes(document.querySelector('.status strong')?.innerText)", 15)
            check(self.bars == sorted(self.bars), "the bar never went back: %s" % sorted(set(self.bars)))
            check(len(set(self.bars)) > 8, "and showed more than the steps")
            self.until(lambda h: h["state"] == "local", "the boot from its disk", BOOT, m)
            self.page_says("local")
            self.shoot("installed")
            for tab, want in ("packets", "ACK"), ("plan", "/dev/vda"), ("files", ".provd/install"):
                if tab == "packets" and not self.b.js("!![...document.querySelectorAll('.tabs a')].find(a => a.hash.endsWith('/packets'))"):
                    continue
                self.view("host/web1/" + tab, "web1")
                self.b.until("document.querySelector('.tab')?.innerText.includes(%s)" % json.dumps(want), 20)
                self.shoot("host-" + tab, docs=tab == "plan")


def case():
    c = Case()
    try:
        c.inspect()
        c.arm()
        c.install()
        c.b.errors = [e for e in c.b.errors if "openapi" not in e]
        check(not c.b.errors, "no error in the console: %s" % c.b.errors)
    except (Failed, vm.Timeout, vm.Ended) as e:
        try:
            c.b.shot(os.path.join(c.s.dir, "failed.png"))
        except Failed:
            pass
        raise Failed(str(e)) from e
    finally:
        c.b.end()
    c.s.stop()
