"""The page, view by view."""
import json
import os
import time

from bench import BUILD, SERVER, TOP, Card, Failed, Machine, Server, browser, check, fake_debian, sandbox, say

HOSTS = 12
HOSTILE = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>"


def config(bridge):
    text = ("interface: %s\nboot-programs: boot\ntrees: { debian: { path: debian } }\n"
            "profiles: [ %s/profiles/debian.yaml ]\n"
            "api: { addresses: [ %s ], certificate: cert, key: key, tokens: tokens }\nhosts:\n" % (bridge.name, TOP, SERVER))
    for i in range(1, HOSTS + 1):
        text += ("  web%d: { mac: 52:54:00:12:34:%02x, profile: debian, address: 192.168.10.%d, "
                 "vars: { disk_serial: DISK%04d } }\n" % (i, i, 20 + i, i))
    return text


def setup(path):
    sandbox.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=provd.test", "-addext", "subjectAltName=IP:" + SERVER,
                "-keyout", os.path.join(path, "key"), "-out", os.path.join(path, "cert"))
    fake_debian(os.path.join(path, "debian"))
    os.makedirs(os.path.join(path, "boot"))
    for name in "pxelinux.0", "ldlinux.c32", "ipxe.efi", "undionly.kpxe":
        with open(os.path.join(path, "boot", name), "wb") as f:
            f.write(b"program")


class Page:
    def __init__(self):
        self.bridge = sandbox.Bridge(address=SERVER + "/24")
        self.s = Server("page", config(self.bridge), setup)
        self.b = browser(self.s)

    def row(self, host, part=""):
        return "document.querySelector('.rows [data-key=\"%s\"] %s')" % (host, part)

    def view(self, path, expect):
        self.b.js("location.hash = %s" % json.dumps("#/" + path))
        self.b.until("document.querySelector('main h1')?.innerText === %s" % json.dumps(expect))

    # what is looked at

    def headers(self):
        """What the server says about its files."""
        import http.client
        c = http.client.HTTPConnection("127.0.0.1", self.s.port)
        c.request("GET", "/")
        r = c.getresponse()
        r.read()
        csp = r.headers["Content-Security-Policy"]
        check("default-src 'self'" in csp and "frame-ancestors 'none'" in csp and "unsafe" not in csp,
              "the policy allows nothing from elsewhere, and nothing inline")
        check(r.headers["X-Content-Type-Options"] == "nosniff", "types are not guessed")
        tag = r.headers["ETag"]
        for path, kind in ("/web/app.js", "text/javascript"), ("/web/style.css", "text/css"):
            c = http.client.HTTPConnection("127.0.0.1", self.s.port)
            c.request("GET", path)
            r = c.getresponse()
            with open(TOP + path, "rb") as f:
                check(r.status == 200 and r.headers["Content-Type"].startswith(kind) and r.read() == f.read(),
                      path + " is served as it is")
        for had, want in (tag, 304), ('"other"', 200):
            c = http.client.HTTPConnection("127.0.0.1", self.s.port)
            c.request("GET", "/", headers={"If-None-Match": had})
            r = c.getresponse()
            check(r.status == want and bool(r.read()) == (want == 200), "asked with tag %s: %d" % (had, want))
        c = http.client.HTTPConnection("127.0.0.1", self.s.port)
        c.request("GET", "/web/..%2fMakefile")
        check(c.getresponse().status == 404, "nothing else is served")

    def hosts(self):
        b = self.b
        b.go(self.s.url)
        b.until(self.row("web12"))
        check(b.js("[...document.querySelectorAll('.rows .name')].map(e => e.innerText).join()")
              == ",".join("web%d" % i for i in range(1, HOSTS + 1)), "every host, in the order people count")
        b.until("document.querySelector('#live').innerText.trim() === 'live'")
        b.click("input[type=search]")
        b.type("web12")
        b.until("document.querySelectorAll('.rows .row').length === 1")
        check(b.text(".count") == "1 of 12 hosts" and "q=web12" in b.js("location.hash"), "the search finds one, and the address says so")
        self.b.go(self.s.url)

    def arming(self):
        b, s = self.b, self.s
        self.view("host/web1", "web1")
        b.click(".actions .main")
        b.until("document.querySelector('dialog .disks li li')")
        text = b.text("dialog")
        check("web1" in text and "serial DISK0001" in text and "refused unless it is empty" in text,
              "the dialog names the host, its disk, and what becomes of it")
        check(b.js("document.querySelector('dialog button.danger').disabled"), "nothing can be clicked before it is confirmed")
        b.key("Enter")
        b.type("web2")
        check(b.js("document.querySelector('dialog button.danger').disabled"), "another host's name does not confirm")
        b.key("Escape")
        b.until("!document.querySelector('dialog')")
        check(s.state("web1") == "ready", "Escape leaves it as it was")
        check("Install" in b.js("document.activeElement.innerText"), "and the focus is where it was")
        b.key("Enter")
        b.until("document.querySelector('dialog .disks li li') && document.querySelector('dialog button.danger').dataset.ready")
        b.type("web1")
        b.until("!document.querySelector('dialog button.danger').disabled")
        b.key("Enter")
        b.until("!document.querySelector('dialog')")
        check(s.state("web1") == "armed", "the name typed, web1 is armed")
        b.until("document.querySelector('.status strong').innerText === 'armed'", what="armed is shown")
        b.click(".actions [data-do=disarm]")
        b.until("document.querySelector('dialog')")
        check("Disarm web1" in b.text("dialog"), "and can be disarmed")
        b.key("Escape")

    def several(self):
        b, s = self.b, self.s
        self.view("hosts", "Hosts")
        for i in 2, 3, 4:
            b.click('.rows [data-key="web%d"] input' % i)
        check("3 hosts selected" in b.text(".selected"), "three are selected")
        b.click(".selected .main")
        b.until("document.querySelectorAll('dialog .disks > li > ul').length === 3")
        text = b.text("dialog")
        check(all("web%d" % i in text and "DISK000%d" % i in text for i in (2, 3, 4)), "each with its disk")
        b.until("document.querySelector('dialog button.danger').dataset.ready")
        b.type("3")
        b.click("dialog button.danger")
        b.until("!document.querySelector('dialog')")
        check([s.state("web%d" % i) for i in (2, 3, 4, 5)] == ["armed"] * 3 + ["ready"], "the three are armed, nobody else")
        b.click(".selected > .plain")

    def moves(self):
        """A machine that reports its steps; the page is told."""
        b = self.b
        m = self.machine = Machine(self.s, "web1")
        check(m.claim().startswith("go"), "web1 begins")
        b.until(self.row("web1") + "?.dataset.state === 'installing'", what="installing in the list")
        seen = []
        names = [x["name"] for x in self.s.json("plan", "web1")["plan"]["steps"]]
        for i, name in enumerate(names[:6], 1):
            m.report("%d-%s-begin" % (2 * i - 1, name))
            b.until("%s.innerText.includes(%s)" % (self.row("web1", ".what"), json.dumps("%d/%d %s" % (i, len(names), name))))
            seen.append(int(b.js(self.row("web1", ".bar") + ".getAttribute('aria-valuenow')")))
        check(seen == sorted(seen) and seen[-1] > seen[0], "the bar moves: %s" % seen)
        bar = [p for r, n, p in b.ax() if r == "progressbar" and n == "web1, installation"]
        check(bar, "and has its name and number for a screen reader")

    def host(self):
        b, m = self.b, self.machine
        self.view("host/web1", "web1")
        b.until("document.querySelectorAll('.timeline li').length > 3")
        before = b.js("document.querySelectorAll('.timeline li').length")
        names = [x["name"] for x in self.s.json("plan", "web1")["plan"]["steps"]]
        m.report("13-%s-begin" % names[6])
        b.until("document.querySelectorAll('.timeline li').length > %d" % before)
        check(names[6] in b.text(".timeline li:nth-child(2)"), "the newest line comes by itself, on top")
        b.until("document.querySelectorAll('.steps [data-is=done]').length === 6")
        check(b.js("document.querySelector('.steps [aria-current=step]').innerText") != "", "and the steps say where it is")
        for tab, want in (("plan", "DISK0001"), ("files", ".provd/install"), ("facts", "not inspected"), ("log", "There is no log")):
            b.js("[...document.querySelectorAll('.tabs a')].find(a => a.hash.endsWith('/%s')).click()" % tab)
            b.until("document.querySelector('.tab')?.innerText.includes(%s)" % json.dumps(want))
        say("ok: plan, files, facts and log")
        b.js("location.hash = '#/host/web1/files'")
        b.until("document.querySelector('.file')")
        b.js("[...document.querySelectorAll('.file')].find(f => f.innerText.includes('.provd/install')).open = true")
        b.until("document.querySelector('.file[open] pre')?.innerText.includes('main()')")
        say("ok: the text of a rendered file")

    def hostile(self):
        b, m = self.b, self.machine
        m.log(HOSTILE.encode() + b"\n\x1b[31mred\x00\x07 \xe2\x80\xaereversed \xff\xfe\n")
        import urllib.parse
        m.report("13-x-note-%s" % (urllib.parse.quote(HOSTILE, safe="")[:180]))
        b.js("location.hash = '#/host/web1/log'")
        b.until("document.querySelector('.tab pre')?.innerText.includes('<img src=x')")
        b.js("location.hash = '#/host/web1'")
        b.until("document.querySelector('.timeline')?.innerText.includes('<img')", what="the hostile report as text")
        time.sleep(0.3)
        check(b.js("window.pwned === undefined && !document.querySelector('main img, main script')"), "what a machine says stays text")
        check(not b.js(r"/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/.test(document.body.textContent)"), "without control characters")
        self.view("host/%3Cimg%20src=x%20onerror=alert(1)%3E", "<img src=x onerror=alert(1)>")
        say("ok: a name in the address is text too")
        self.view("host/a%E2%80%AEb%1B%C2%9B", "a\ufffdb\ufffd\ufffd")
        say("ok: what turns the text around is shown as what it is")
        self.b.errors = [e for e in self.b.errors if "404" not in e]

    def fails(self):
        b, m = self.b, self.machine
        m.report("14-x-fail-exit%201")
        self.view("hosts", "Hosts")
        b.until(self.row("web1") + "?.dataset.state === 'failed'")
        check(b.js("document.querySelector('.rows .name').innerText") == "web1", "what failed stands first")
        check("\u2715" in b.text('.rows [data-key="web1"] .mark'), "with a sign, not only a colour")
        b.click('[data-chip="failed"]')
        b.until("document.querySelectorAll('.rows .row').length === 1")
        b.click('[data-chip="failed"]')
        b.until("document.querySelectorAll('.rows .row').length === 12")
        b.js("(() => { const s = document.querySelectorAll('.tools select')[1]; s.value = 'state'; s.dispatchEvent(new Event('change')) })()")
        b.until("document.querySelectorAll('.rows .group').length === 3")
        check("1 host: 1 failed" in b.text(".rows .group:nth-child(5)") or "failed" in b.text(".rows"), "grouped by state, with counts")
        b.js("(() => { const s = document.querySelectorAll('.tools select')[1]; s.value = ''; s.dispatchEvent(new Event('change')) })()")

    def why(self):
        """What failed says so, and what to do; packets, and who is not known."""
        b = self.b
        self.view("host/web1", "web1")
        h = self.s.json("show", "web1")
        b.until("document.querySelector('.stuck')?.checkVisibility()")
        check(h["stuck"] in b.text(".stuck") and h["advice"] in b.text(".stuck"), "why, and what to do: " + h["stuck"])
        card = Card(self.bridge.tap())
        self.view("host/web8/packets", "web8")
        end = time.monotonic() + 10
        while self.s.json("show", "web8")["stage"] != "dhcp" and time.monotonic() < end:
            for mac in "52:54:00:12:34:08", "02:00:00:00:00:99":
                card.discover(mac)	# the bridge may not carry the first ones yet
            time.sleep(0.3)
        b.until("document.querySelector('.tab')?.innerText.includes('DISCOVER')")
        check("from it" in b.text(".tab") and "PXE" in b.text(".tab"), "its packets")
        self.view("unknown", "Unknown machines")
        b.until("document.querySelector('main').innerText.includes('02:00:00:00:00:99')")
        self.looks("unknown")
        say("ok: and a machine that is not known")

    def power(self):
        """What is switched is chosen in a dialog; what the server refuses is shown in it."""
        b = self.b
        self.view("host/web10", "web10")
        b.click(".actions [data-do=power]")
        b.until("document.querySelector('dialog .main')")
        check("web10" in b.text("dialog"), "the dialog names the host")
        b.js("document.querySelector('dialog select').value = 'cycle'")
        b.click("dialog .main")
        b.until("document.querySelector('dialog .results li')?.innerText.includes('web10')")
        say("ok: refused without a hook, and why: " + b.text("dialog .results"))
        b.key("Escape")
        b.errors = [e for e in b.errors if "/power" not in e]

    def pages(self):
        b = self.b
        for path, title, want in (("trees", "Trees", "debian"), ("profiles", "Profiles", "Debian on one disk"), ("profiles/debian", "debian", "disk_serial"),
                                  ("leases", "Leases", "lease"), ("status", "Status", "NFS")):
            self.view(path, title)
            b.until("document.querySelector('main').innerText.includes(%s)" % json.dumps(want))
            self.looks(path)
        say("ok: trees, profiles, leases, status")

    def looks(self, what):
        """Contrast in light and dark, and no horizontal scrolling on a phone."""
        b = self.b
        for scheme in "light", "dark":
            b.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            r = b.js("checks.contrast()")
            if r["bad"] or not r["n"]:
                raise Failed("contrast of %s, %s: %s" % (what, scheme, r))
        b.resize(360, 740, mobile=True)
        wide = b.js("new Promise(r => requestAnimationFrame(() => setTimeout(() => r(checks.wide()), 50)))")
        if wide > 0:
            raise Failed("%s is %d pixels too wide for a phone" % (what, wide))
        b.resize(1280, 800)

    def phone(self):
        b = self.b
        for path, title in ("hosts", "Hosts"), ("host/web1", "web1"), ("host/web2/plan", "web2"), ("host/web1/files", "web1"):
            self.view(path, title)
            time.sleep(0.3)
            self.looks(path)
        say("ok: contrast of 4.5 and more in light and dark, 360 pixels are wide enough")
        self.view("hosts", "Hosts")
        b.resize(360, 740, mobile=True)
        b.until("document.querySelectorAll('.rows .row').length >= 6")
        b.click('.rows [data-key="web5"] input')
        b.click(".selected .main")
        b.until("document.querySelector('dialog .disks li li')")
        check(b.js("(() => { const r = document.querySelector('dialog').getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth && r.bottom <= innerHeight })()"),
              "the dialog fits a phone")
        check(not b.js("checks.contrast()")["bad"], "and can be read")
        b.key("Escape")
        b.js("document.querySelector('.selected > .plain').click()")
        b.resize(1280, 800)

    def keyboard(self):
        """From the address bar to an armed host without a mouse."""
        b = self.b
        b.media(prefers_color_scheme="light")
        b.go("about:blank")
        b.go(self.s.url)
        b.until(self.row("web12"))
        order = []
        for _ in range(40):
            b.key("Tab")
            f = b.js("checks.focus()")
            order.append(f["text"])
            if not f["seen"] or not f["inside"]:
                raise Failed("the focus can't be seen at %s" % f)
            if f["text"] == "web1":
                break
        check(order[0].startswith("Skip") and order[1] == "provd" and order[2] == "Hosts" and order[-1] == "web1",
              "Tab goes through the page in its order: " + ", ".join(order))
        for _ in range(5):
            b.key("ArrowDown")
        check(b.js("checks.focus().text") == "web6", "arrows go from host to host")
        b.key("Enter")
        b.until("document.querySelector('main h1')?.innerText === 'web6'")
        check(b.js("document.activeElement.tagName") == "H1", "a new view begins at its heading")
        b.key("Tab")
        check("Install" in b.js("checks.focus().text"), "then comes what can be done")
        b.key("Enter")
        b.until("document.querySelector('dialog button.danger')?.dataset.ready")
        inside = set()
        for _ in range(8):
            b.key("Tab")
            f = b.js("checks.focus()")
            if f["tag"] != "BODY":
                inside.add(f["in"])
        check(inside == {"dialog"}, "the dialog keeps the focus")
        b.js("document.querySelector('#typed').focus()")
        b.type("web6")
        b.key("Enter")
        b.until("!document.querySelector('dialog')")
        check(self.s.state("web6") == "armed", "armed by the keyboard alone")

    def reader(self):
        """What a screen reader is told of the list of hosts."""
        b = self.b
        self.view("hosts", "Hosts")
        b.until(self.row("web12"))
        ax = b.ax()
        roles = [r for r, _, _ in ax]
        check({"banner", "navigation", "main", "table", "row", "columnheader", "rowheader"} <= set(roles), "landmarks and a table")
        check([n for r, n, _ in ax if r == "heading"] == ["Hosts"], "one heading")
        nameless = [r for r, n, _ in ax if r in ("button", "link", "checkbox", "searchbox", "combobox", "progressbar", "textbox", "dialog") and not n]
        check(not nameless, "nothing that can be used is without a name %s" % nameless)
        check(b.js("document.querySelector('.grid').getAttribute('aria-rowcount')") == str(HOSTS + 1), "it says how long the table is")

    def https(self):
        """Over HTTPS: nothing without a token, and no steering with one that may only look."""
        b = self.b
        token = {n: self.s.ctl("-c", self.s.config, "token", "add", n, *more).stdout.decode().split()[-1]
                 for n, more in (("eve", ()), ("ops", ("--right", "steer")))}
        b.call("Security.setIgnoreCertificateErrors", ignore=True)
        url = "https://%s:8443/" % SERVER
        b.go(url)
        b.until("document.querySelector('#token')")
        check("web1" not in b.text() and b.js("document.querySelector('nav').innerText") == "", "without a token there is a form, and no host")
        self.looks("login")
        b.click("#token")
        b.type("nonsense")
        b.key("Enter")
        b.until("document.querySelector('.login .alert:not([hidden])')")
        say("ok: a wrong token is refused")
        for name, steers in ("eve", False), ("ops", True):
            b.js("document.querySelector('#token').value = ''")
            b.click("#token")
            b.type(token[name])
            b.key("Enter")
            b.until(self.row("web12"))
            b.until("document.querySelector('#live').innerText.trim() === 'live'")
            self.view("host/web7", "web7")
            check(b.js("!!document.querySelector('.actions .main')") == steers, "%s is %soffered to steer" % (name, "" if steers else "not "))
            if steers:
                b.click(".actions .main")
                b.until("document.querySelector('dialog .danger')?.dataset.ready")
                b.type("web7")
                b.key("Enter")
                b.until("!document.querySelector('dialog')")
                check(self.s.state("web7") == "armed", "and did")
            check(b.js("document.cookie") == "" and not b.js("localStorage.length + sessionStorage.length"), "no script can read the session")
            b.click("#out")
            b.until("document.querySelector('#token')")
            b.go(url)
            b.until("document.querySelector('#token')")
            say("ok: %s is logged out" % name)
        b.errors = [e for e in b.errors if "401" not in e]
        b.go(self.s.url)
        b.until(self.row("web12"))

    def again(self):
        """provd ends and comes back; the page goes on by itself."""
        b, s = self.b, self.s
        s.kill()
        b.until("document.querySelector('#live').innerText.trim() === 'no connection'")
        say("ok: the page says that provd is away")
        s.start()
        b.until("document.querySelector('#live').innerText.trim() === 'live'", 20)
        s.ctl("arm", "web9", "--yes")
        b.until(self.row("web9") + "?.dataset.state === 'armed'")
        say("ok: and goes on when it is back")
        b.errors = [e for e in b.errors if "ERR_" not in e and "Failed to load" not in e]


def case():
    p = Page()
    begin = time.monotonic()
    try:
        for step in (p.headers, p.hosts, p.arming, p.several, p.moves, p.host, p.hostile, p.fails,
                     p.why, p.power, p.pages, p.phone, p.keyboard, p.reader, p.https, p.again):
            step()
            say("%s: %.1f s" % (step.__name__, time.monotonic() - begin))
        p.b.errors = [e for e in p.b.errors if "openapi" not in e]
        check(not p.b.errors, "no error in the console: %s" % p.b.errors)
    except Exception:
        try:
            p.b.shot(os.path.join(p.s.dir, "failed.png"))
            say("at %s; errors %s" % (p.b.js("location.href"), p.b.errors))
        except Failed:
            pass
        raise
    finally:
        p.b.end()
    p.s.stop()
    assert BUILD
