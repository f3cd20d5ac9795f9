#!/usr/bin/env python3
"""provctl init on a terminal: provd_init.py PROVCTL ARGS... with answers in the
environment's ANSWERS, separated by |.  What was shown goes to standard output;
its exit code is provctl's."""
import os, pty, select, sys, time

answers = os.environ["ANSWERS"].split("|")
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen, until = "", time.monotonic() + 20
asked = 0
while time.monotonic() < until:
    if select.select([fd], [], [], 0.1)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data.decode(errors="replace")
    # A prompt ends with ": " or "] ", and nothing comes behind it.
    elif seen[asked:].rstrip("\r\n").endswith((": ", "] ")):
        asked = len(seen)
        word = answers.pop(0) if answers else "^D"
        os.write(fd, b"\x04" if word == "^D" else word.encode() + b"\n")
print(seen.replace("\r", ""), end="")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
