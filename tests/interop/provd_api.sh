#!/bin/sh
# The control socket: who asks for nothing is let go, who watches stays.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
: "${PROVD:=$BUILD/provd}"
wire_setup
dhcp_conf authoritative >"$T/provd.yaml"
start_provd "$T/provd.yaml"
cat >"$T/ask.py" <<'END'
import os, socket, sys, time

pid = sys.argv[2]


def ask(b=b""):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.settimeout(30)
    s.sendall(b)
    return s


def get(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"


def fds():
    return len(os.listdir("/proc/%s/fd" % pid))


before = fds()
watch = ask(get(b"/v1/watch"))
there = watch.recv(4096).startswith(b"HTTP/1.1 200")
lazy = [ask() for _ in range(40)] + [ask(b"GET /v1/sta"), ask(get(b"/v1/status")),
    ask(b"POST /v1/explain HTTP/1.1\r\nContent-Length: 60000\r\n\r\nabc")]
full = ask()
full.setblocking(False)
try:
    for _ in range(1000):   # asks, and never reads
        full.send(get(b"/v1/status") * 50)
except OSError:
    pass
begin = time.monotonic()
while fds() < before + 40 and time.monotonic() - begin < 10:
    time.sleep(0.01)    # until they are taken up
came = fds() >= before + 40
while fds() > before + 1 and time.monotonic() - begin < 40:
    time.sleep(0.5)
left = fds() - before
print("# %d connections more than before, after %d s" % (left, time.monotonic() - begin))
watch.setblocking(False)
try:
    there = there and watch.recv(1) != b""
except BlockingIOError:
    pass
sys.exit(not (came and left == 1 and there))
END
check "idle connections are closed, a watcher's is not" \
    python3 "$T/ask.py" "$T/provd.sock" "$_provd"
check "and it answers" "${PROVD%/*}/provctl" -s "$T/provd.sock" status
