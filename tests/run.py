#!/usr/bin/env python3
"""Run test programs and say what passed.

usage: run.py [-j N] [-t SECONDS] [-l LOGDIR] NAME=COMMAND ...

A command passes with exit 0 and is skipped with 77; with PROVD_REQUIRE=1 a
skip is a failure.  Output goes to a file in LOGDIR and is shown when the test
did not pass.  The last line reads `N passed, N failed, N skipped`.
"""
import argparse, concurrent.futures, os, signal, subprocess, sys, threading, time

ap = argparse.ArgumentParser()
ap.add_argument("-j", type=int, default=1)
ap.add_argument("-t", type=int, default=300)
ap.add_argument("-l", default="build/log")
ap.add_argument("test", nargs="*")
opt = ap.parse_args()
require = os.environ.get("PROVD_REQUIRE") == "1"
os.makedirs(opt.l, exist_ok=True)
count = {"ok": 0, "not ok": 0, "skip": 0}
lock = threading.Lock()


def run(test):
    name, cmd = test.split("=", 1)
    log = os.path.join(opt.l, name.replace("/", "_") + ".log")
    begin = time.monotonic()
    with open(log, "wb") as out:
        p = subprocess.Popen(["sh", "-c", cmd], stdin=subprocess.DEVNULL,
                             stdout=out, stderr=subprocess.STDOUT,
                             start_new_session=True)
        try:
            code = p.wait(opt.t)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGTERM)    # lets it clean up
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                p.wait()
            out.write(b"\ntimed out after %d s\n" % opt.t)
            code = 124
    word = "ok" if code == 0 else \
        "skip" if code == 77 and not require else "not ok"
    with lock:
        count[word] += 1
        print("%-7s %5.1f s  %s" % (word, time.monotonic() - begin, name),
              flush=True)
        if word != "ok":
            with open(log, "rb") as f:
                text = f.read().decode(errors="replace").splitlines()
            for line in text[-60 if word == "not ok" else -1:]:
                print("        | " + line, flush=True)


with concurrent.futures.ThreadPoolExecutor(max(1, opt.j)) as pool:
    list(pool.map(run, opt.test))
print("%d passed, %d failed, %d skipped" %
      (count["ok"], count["not ok"], count["skip"]), flush=True)
if not opt.test:
    sys.exit("run.py: no tests")
sys.exit(1 if count["not ok"] else 0)
