"""Headless Chromium, spoken to over a pipe in the DevTools protocol.

Nothing but the standard library: messages are JSON with a NUL behind each.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import sandbox  # noqa: E402

KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "PageUp": 33, "PageDown": 34, "End": 35,
        "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Backspace": 8}
TEXT = {"Enter": "\r", "Space": " "}


class Failed(Exception):
    pass


class Browser:
    def __init__(self, workdir, width=1280, height=800):
        for name in ("chromium", "chromium-browser", "google-chrome"):
            self.program = shutil.which(name)
            if self.program:
                break
        else:
            raise sandbox.Missing("missing: chromium; run: apt-get install chromium")
        to_us, from_it = os.pipe()
        to_it, from_us = os.pipe()
        profile = os.path.join(workdir, "chromium")
        shutil.rmtree(profile, ignore_errors=True)
        log = open(os.path.join(workdir, "chromium.log"), "wb")

        def pipes():
            sandbox.die_with_parent()
            os.dup2(to_it, 103)
            os.dup2(from_it, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self.proc = subprocess.Popen(
            [self.program, "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run",
             "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--mute-audio", "--hide-scrollbars",
             "--enable-precise-memory-info", "--js-flags=--expose-gc",
             "--user-data-dir=" + profile, "--window-size=%d,%d" % (width, height), "about:blank"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=pipes, close_fds=False)
        os.close(to_it)
        os.close(from_it)
        self.fd_in, self.fd_out = to_us, from_us
        self.buf, self.last, self.answers, self.events = b"", 0, {}, []
        self.session = None
        self.size = (width, height)
        self.errors = []		# what the page threw or the policy refused
        page = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Accessibility", "Performance", "Network":
            self.call(domain + ".enable")
        self.resize(width, height)

    def end(self):
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(10)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()

    # the wire

    def _read(self, timeout):
        """One message into answers or events; False when none came in time."""
        end = time.monotonic() + timeout
        while b"\0" not in self.buf:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd_in], [], [], left)[0]:
                return False
            data = os.read(self.fd_in, 1 << 20)
            if not data:
                raise Failed("Chromium has gone; see chromium.log")
            self.buf += data
        one, self.buf = self.buf.split(b"\0", 1)
        m = json.loads(one)
        if "id" in m:
            self.answers[m["id"]] = m
        else:
            self._event(m["method"], m["params"])
        return True

    def _event(self, what, p):
        if what == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.errors.append(d.get("exception", {}).get("description", d["text"]))
        elif what == "Log.entryAdded" and p["entry"]["level"] == "error":
            self.errors.append(p["entry"]["text"] + " " + p["entry"].get("url", ""))

    def call(self, method, timeout=30, **params):
        self.last += 1
        m = {"id": self.last, "method": method, "params": params}
        if self.session:
            m["sessionId"] = self.session
        data = json.dumps(m).encode() + b"\0"
        while data:
            data = data[os.write(self.fd_out, data):]
        end = time.monotonic() + timeout
        while self.last not in self.answers:
            if not self._read(max(0, end - time.monotonic())):
                raise Failed("no answer to %s in %d s" % (method, timeout))
        a = self.answers.pop(self.last)
        if "error" in a:
            raise Failed("%s: %s" % (method, a["error"]["message"]))
        return a["result"]

    # the page

    def js(self, expr, timeout=30):
        """The value of an expression; promises are waited for."""
        r = self.call("Runtime.evaluate", timeout=timeout, expression=expr, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in r:
            d = r["exceptionDetails"]
            raise Failed("%s\n  in %s" % (d.get("exception", {}).get("description", d["text"]), expr[:300]))
        return r["result"].get("value")

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete'", 20)

    def until(self, expr, timeout=10, what=None):
        """Wait until the expression is true; its value."""
        end = time.monotonic() + timeout
        while True:
            try:
                v = self.js("Promise.resolve(%s).then(v => v instanceof Node || v)" % expr)
            except Failed:
                if time.monotonic() > end:
                    raise
                v = None
            if v:
                return v
            if time.monotonic() > end:
                raise Failed("not within %d s: %s" % (timeout, what or expr))
            time.sleep(0.05)

    def text(self, selector="body"):
        return self.js("document.querySelector(%s)?.innerText ?? null" % json.dumps(selector))

    def resize(self, width, height, scale=1, mobile=False):
        self.size = (width, height)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=mobile)

    def media(self, **features):
        """media(prefers_color_scheme="dark")"""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": k.replace("_", "-"), "value": v} for k, v in features.items()])

    def key(self, name, shift=False):
        for kind in "keyDown", "keyUp":
            p = {"type": kind, "key": " " if name == "Space" else name, "code": name,
                 "windowsVirtualKeyCode": KEYS[name], "modifiers": 8 if shift else 0}
            if kind == "keyDown" and name in TEXT:
                p["text"] = TEXT[name]
            self.call("Input.dispatchKeyEvent", **p)

    def type(self, text):
        for c in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", text=c, key=c)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=c)

    def click(self, selector):
        """With the mouse, at its middle: what covers it would get the click."""
        at = self.until("""(async () => { const e = document.querySelector(%s); if (!e) return null;
            const frame = () => new Promise(requestAnimationFrame);
            e.scrollIntoView({block: 'nearest'}); await frame(); await frame();
            const a = e.getBoundingClientRect(); await frame(); await frame();
            const r = e.getBoundingClientRect();	// one that moves is not clicked
            const at = [r.left + r.width / 2, r.top + r.height / 2];
            return r.width && a.top === r.top && e.contains(document.elementFromPoint(...at)) ? at : null })()"""
                        % json.dumps(selector), what="something to click at " + selector)
        for kind in "mousePressed", "mouseReleased":
            self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)

    def shot(self, path, full=False):
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png",
                                          captureBeyondViewport=full, timeout=60)["data"])
        with open(path, "wb") as f:
            f.write(data)
        return len(data)

    def ax(self):
        """The accessibility tree as a list of (role, name, properties), without what is ignored."""
        out = []
        for n in self.call("Accessibility.getFullAXTree")["nodes"]:
            if n.get("ignored"):
                continue
            props = {p["name"]: p["value"].get("value") for p in n.get("properties", [])}
            out.append((n["role"]["value"], n.get("name", {}).get("value", ""), props))
        return out

    def metrics(self):
        return {m["name"]: m["value"] for m in self.call("Performance.getMetrics")["metrics"]}
