"""A TCP port on loopback that leads to a Unix socket, for browsers."""
import os
import socket
import threading


def _pump(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):		# either end ends both
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _serve(listener, path):
    while True:
        c, _ = listener.accept()
        u = socket.socket(socket.AF_UNIX)
        try:
            u.connect(path)
        except OSError:
            c.close()
            u.close()
            continue
        both = [threading.Thread(target=_pump, args=p, daemon=True) for p in ((c, u), (u, c))]
        for t in both:
            t.start()
        threading.Thread(target=_close, args=(both, c, u), daemon=True).start()


def _close(both, *socks):
    for t in both:
        t.join()
    for s in socks:
        s.close()


def relay(path):
    """Returns the port.  The socket's directory may be deep: its name is taken from there."""
    here = os.path.join("/proc/self/fd", str(os.open(os.path.dirname(path), os.O_PATH)), os.path.basename(path))
    s = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(s, here), daemon=True).start()
    return s.getsockname()[1]
