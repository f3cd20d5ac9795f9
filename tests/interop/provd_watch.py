#!/usr/bin/env python3
"""provctl watch, log and wait against a server that says what the test wants:
provd_watch.py PROVCTL DIRECTORY.  What is on the screen is found out by a small
terminal; one line for each result, exit code 1 if one is bad."""
import fcntl, json, os, pty, re, select, signal, socket, struct, subprocess, sys
import termios, threading, time, unicodedata

CTL, DIR = sys.argv[1:3]
SOCK = os.path.join(DIR, "fake")
number, bad = 0, 0


def check(what, good, shown=""):
    global number, bad
    number += 1
    print("%sok %d - %s" % ("" if good else "not ", number, what), flush=True)
    if not good:
        bad += 1
        print("# " + str(shown).replace("\n", "\n# "), flush=True)


def until(what, seconds=8):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


def host(name, state="ready", **more):
    h = dict(name=name, mac="52:54:00:00:00:01", address=None, profile="p", state=state,
             since=1, place=0, reason=None, stage=None, step=0, steps=0, step_name=None,
             file=None, file_percent=None, percent=None, stuck=None, inspecting=False,
             timeline=[], log="", installation={"id": 1})
    h.update(more)
    return h


class Server:
    """Hosts, and events for who listens."""

    def __init__(self):
        self.hosts, self.listeners, self.lock = {}, [], threading.Lock()
        self.open()

    def open(self):
        if os.path.exists(SOCK):
            os.unlink(SOCK)
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(SOCK)
        self.s.listen(50)
        threading.Thread(target=self.run, args=(self.s,), daemon=True).start()

    def close(self):
        self.s.shutdown(socket.SHUT_RDWR)
        self.s.close()
        os.unlink(SOCK)
        with self.lock:
            for c in self.listeners:
                c.shutdown(socket.SHUT_RDWR)
            self.listeners = []

    def run(self, s):
        while True:
            try:
                c = s.accept()[0]
            except OSError:
                return
            try:
                self.answer(c)
            except OSError:
                pass

    def answer(self, c):
        text = b""
        while b"\r\n\r\n" not in text:
            text += c.recv(4096)
        path = text.split()[1].decode()
        head = "HTTP/1.0 %s\r\nContent-Type: text/event-stream\r\n\r\n"
        if path.startswith("/v1/events"):
            c.sendall((head % "200 OK").encode() + b"event: hello\n")
            with self.lock:
                self.listeners.append(c)
            return
        name = path.rsplit("/", 1)[1]
        if path == "/v1/hosts":
            code, body = "200 OK", {"hosts": list(self.hosts.values())}
        elif name in self.hosts:
            code, body = "200 OK", self.hosts[name]
        else:
            code, body = "404 No", {"error": "there is no host named " + name}
        c.sendall((head % code).encode() + json.dumps(body).encode())
        c.close()

    def send(self, event, data):
        text = ("id: 1\nevent: %s\ndata: %s\n\n" % (event, json.dumps(data))).encode()
        with self.lock:
            for c in self.listeners[:]:
                try:
                    c.sendall(text[:7])     # in pieces, as it may come
                    c.sendall(text[7:])
                except OSError:
                    self.listeners.remove(c)

    def put(self, h):
        self.hosts[h["name"]] = h
        self.send("host", h)


class Terminal:
    """provctl in a terminal of some size; `lines` is what a person sees."""

    def __init__(self, args, cols=80, rows=24, env={}):
        e = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "NO_COLOR"))}
        e.update({"TERM": "xterm", "LANG": "C.UTF-8"}, **env)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            time.sleep(0.1)                 # until it has its size
            os.execve(CTL, [CTL, "-s", SOCK] + args, e)
        self.raw, self.kept, self.code = "", b"", None
        self.alt = False
        self.resize(cols, rows, False)

    def resize(self, cols, rows, clear=True):
        self.cols, self.rows = cols, rows
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.clear()

    def clear(self):
        self.cells = [[" "] * self.cols for _ in range(self.rows)]
        self.x = self.y = 0

    def read(self):
        while self.code is None and select.select([self.fd], [], [], 0)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                break
            self.kept += data
            text = self.kept.decode("utf-8", "ignore")
            self.kept = self.kept[len(text.encode()):]
            self.raw += text
            self.feed(text)

    def feed(self, text):
        i = 0
        while i < len(text):
            m = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])").match(text, i)
            if m:
                self.control(*m.groups())
                i = m.end()
                continue
            c, i = text[i], i + 1
            if c == "\r":
                self.x = 0
            elif c == "\n":
                self.y += 1
                if self.y == self.rows:
                    self.cells = self.cells[1:] + [[" "] * self.cols]
                    self.y -= 1
            elif c >= " ":
                wide = 2 if unicodedata.east_asian_width(c) in "WF" else 1
                if self.x + wide > self.cols:
                    self.over = True
                    continue
                self.cells[self.y][self.x] = c
                self.x += wide
            else:
                self.odd = c

    over, odd = False, None

    def control(self, arg, letter):
        if letter == "H":
            self.x = self.y = 0
        elif letter == "K":
            self.cells[self.y][self.x:] = [" "] * (self.cols - self.x)
        elif letter == "J":
            self.cells[self.y][self.x:] = [" "] * (self.cols - self.x)
            for y in range(self.y + 1, self.rows):
                self.cells[y] = [" "] * self.cols
        elif letter in "hl" and arg == "?1049":
            self.alt = letter == "h"
            self.clear()
        elif letter not in "mhl":
            self.odd = letter

    @property
    def lines(self):
        self.read()
        return ["".join(l).rstrip() for l in self.cells]

    def shows(self, what):
        return until(lambda: any(re.search(what, l) for l in self.lines))

    def key(self, c):
        os.write(self.fd, c.encode())

    def ends(self):
        return until(lambda: (self.read(), self.code is not None)[1])


server = Server()
for i in range(30):
    server.hosts["h%02d" % i] = host("h%02d" % i, "local" if i < 20 else "ready")

# In place ---------------------------------------------------------------------
t = Terminal(["watch"])
check("all hosts at once", t.shows(r"^provd: 20 local, 10 ready$"), t.lines)
check("what has no line is counted", t.shows(r"^and 8 more: 8 ready$"), t.lines)
server.put(host("h25", "installing", step=3, steps=9, step_name="sets", percent=40, eta=600,
                file="base.txz", file_percent=12))
check("who installs comes first", until(lambda: t.lines[1].startswith("h25 ")), t.lines)
check("with a bar, percent and time left",
      re.match(r"h25 +installing +█{6}▍·{9}  40% +10m  step 3/9 sets base.tx…$", t.lines[1]), t.lines)
check("in colours", "\x1b[36m" in t.raw)
server.put(host("h07", "failed", reason="step 6 newfs: exit 1"))
check("who failed comes before", until(lambda: t.lines[1].startswith("h07 ")), t.lines)
server.put(host("h25", "installing", step=3, steps=9, percent=40, stuck="silent for 5 minutes"))
check("stuck says why", t.shows(r"^h25 .* 40% .* silent for 5 minutes$"), t.lines)
for width, height in (40, 12), (132, 50), (20, 5), (61, 7), (80, 24):
    t.resize(width, height)
    os.kill(t.pid, signal.SIGWINCH)
    good = until(lambda: t.lines[0].startswith("provd: 1 fail") and
                 (height < 33) == t.lines[-1].startswith("and ") and t.lines[1].startswith("h07"))
    check("%d columns, %d lines" % (width, height), good and not t.over, t.lines)
t.resize(40, 12)
check("at 40 columns there is a bar still", t.shows(r"^h25 +█+.*40%"), t.lines)
server.put(host("h03", "failed", reason="\x1b[31m\x07\rred \x9b2J日本語" + "x" * 300))
check("what a machine sent does not steer the terminal",
      t.shows("^h03 ") and t.odd is None and not t.over, t.lines)
for i in range(2000):
    server.hosts["m%04d" % i] = host("m%04d" % i)
server.send("reset", {})
check("after a reset the list is read anew", t.shows(r"2008 ready|and 2\d\d\d more"), t.lines)
before = len(t.raw)
begin = time.monotonic()
for i in range(2000):
    server.send("host", host("m%04d" % i, "booting", percent=i % 100, stage="kernel"))
check("two thousand that change", t.shows(r"2000 boo"), t.lines)
draws = t.raw[before:].count("\x1b[H")
check("are few screens (%d)" % draws, draws <= (time.monotonic() - begin) * 5 + 3)
server.send("gone", {"name": "h03"})
check("who is no host any more goes", until(lambda: not any(l.startswith("h03") for l in t.lines)), t.lines)
server.close()
check("a server that went is said", t.shows("provd has gone; asking again|no provd is running"), t.lines)
server.open()
check("and found again", t.shows(r"^provd: 2 failed"), t.lines)
t.key("q")
check("q ends it", t.ends() and t.code == 0, t.code)
check("the terminal is as before", not t.alt and t.raw.rstrip().count("\x1b[?25h") == 1, t.raw[-300:])
server.hosts = {k: h for k, h in server.hosts.items() if k[0] == "h"}
t = Terminal(["watch"])
t.shows("provd: ")
os.kill(t.pid, signal.SIGTERM)
check("a signal ends it, the last screen stays", t.ends() and not t.alt and t.shows("^h25 "), t.lines)

server.put(host("ü日本", "installing", percent=50, step=1, steps=2, step_name="日本"))
t = Terminal(["watch"], env={"LANG": "C", "NO_COLOR": "1"})
check("without UTF-8: ASCII", t.shows(r"\[#######\.+\]  50%") and
      all(ord(c) < 128 for c in t.raw), t.lines)
check("NO_COLOR: no colours", not re.search(r"\x1b\[[0-9;]*m", t.raw))
t.key("q")
t.ends()
t = Terminal(["watch"], env={"TERM": "dumb"})
check("a dumb terminal: no screen", t.ends() and "\x1b" not in t.raw, t.raw)


# Log and wait -------------------------------------------------------------------
def run(*args, **kw):
    return subprocess.Popen([CTL, "-s", SOCK, *args], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **kw)


def result(p):
    out, err = p.communicate(timeout=20)
    return p.returncode, out, err


line = dict(time=1000000000, kind="step", severity="info", text="step 1 of 2: disks")
server.put(host("log1", "installing", timeline=[line], log="one\ntwo\n"))
r = result(run("log", "log1"))
check("log: timeline and log", r[0] == 0 and "disks\nlog\none\ntwo\n" in r[1], r)
check("log: no such host", result(run("log", "nobody"))[0] == 1)
p = run("log", "-f", "log1")
time.sleep(0.5)
server.send("line", dict(line, host="log1", severity="error", text="newfs: \x1b[2Jno"))
long = "".join("line %d\n" % i for i in range(1000))
server.hosts["log1"]["log"] = "one\ntwo\nthree\n" + long
time.sleep(1.3)
server.hosts["log1"]["log"] = long[len(long) // 2:] + "last\n"      # only the end is kept
time.sleep(1.3)
server.send("gone", {"name": "log1"})
r = result(p)
check("log -f: what comes later, once", r[1].count("two\n") == 1 and "ERROR newfs: ?[2Jno\n" in r[1] and
      r[1].count("three\n") == 1 and r[1].count("line 999\n") == 1 and r[1].endswith("last\n"), r)

server.put(host("w1", "armed"))
server.put(host("w2", "local"))
p = run("wait", "w1", "w2", "--timeout", "20s")
time.sleep(0.3)
server.put(host("w1", "installing"))
server.put(host("w1", "installed"))
r = result(p)
check("wait: all are there", r[0] == 0 and r[1] == "w2: local\nw1: installed\n", r)
p = run("wait", "w1", "--until", "booting", "--timeout", "1s")
r = result(p)
check("wait: too long", r[0] == 5 and "w1 is not booting after 1s" in r[2], r)
server.put(host("w1", "armed"))
p = run("wait", "w1")
time.sleep(0.3)
server.put(host("w1", "failed", reason="no disk\x1b[1m"))
r = result(p)
check("wait: one that fails", r[0] == 1 and "w1: failed: no disk?[1m\n" in r[2], r)
check("wait: for that", result(run("wait", "w1", "--until", "failed"))[0] == 0)
server.put(host("w1", "armed"))
p = run("wait", "w1")
time.sleep(0.3)
server.put(host("w1", "ready"))
check("wait: one that is disarmed", result(p)[0] == 1)
server.put(host("w1", "armed"))
p = run("wait", "w1", "--timeout", "15s")
time.sleep(0.3)
server.close()
time.sleep(0.3)
server.hosts["w1"] = host("w1", "installed")
server.open()
check("wait: through a restart of the server", result(p)[0] == 0)
check("wait: no such host", result(run("wait", "nobody"))[0] == 1)
r = result(run("wait", "w1", "--until", "happy"))
check("wait: no such state", r[0] == 2 and "there is no state happy" in r[2], r)
check("wait: no such time", result(run("wait", "w1", "--timeout", "soon"))[0] == 2)
server.close()
check("wait: nobody answers", result(run("wait", "w1"))[0] == 3)
check("watch: nobody answers", result(run("watch"))[0] == 3)
sys.exit(1 if bad else 0)
