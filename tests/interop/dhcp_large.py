"""dhcp_large.py - how long a server is silent.

Asks again and again, as a relay does, and prints the longest time that an
answer took; run by dhcp_large.sh in the client's namespace.

usage: dhcp_large.py SERVER RELAY SECONDS [STOP]    STOP: a file that ends it
"""
import os
import socket
import struct
import sys
import time

server, relay, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
stop = sys.argv[4] if len(sys.argv) > 4 else None
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((relay, 67))
s.settimeout(10)
longest, n, took = 0.0, 0, []
end = time.monotonic() + seconds
while not took or time.monotonic() < end and not (stop and os.path.exists(stop)):
    n += 1
    mac = struct.pack("!HI", 0x0200, n * 61 % 65536)	# one of the hosts
    s.sendto(struct.pack("!BBBBIHH12s4s6s202x", 1, 1, 6, 0, n, 0, 0, b"", socket.inet_aton(relay), mac) +
             b"\x63\x82\x53\x63\x35\x01\x01\xff", (server, 67))
    begin = time.monotonic()
    while True:
        r = s.recv(2048)
        if struct.unpack("!I", r[4:8])[0] == n:
            break
    took.append(time.monotonic() - begin)
    time.sleep(0.002)
took.sort()
print("%d answers, median %.2f ms, longest %.0f ms"
      % (n, took[n // 2] * 1000, took[-1] * 1000))
