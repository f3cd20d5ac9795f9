#!/usr/bin/env python3
"""A receiver of webhooks: writes what came to a file, and answers as a file says.
api_webhook.py ADDRESS PORT CODES LOG SECRET [PEM]; with a certificate, by TLS."""
import hashlib
import hmac
import http.server
import json
import ssl
import sys
import time

address, port, codes, log, secret = sys.argv[1:6]
codes = [c for c in codes.split(",")]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        want = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        o = json.loads(body)
        code = codes.pop(0) if codes else "200"
        with open(log, "a") as f:
            f.write("%s %s %s %s %s %s\n" % (self.path, o["state"], o["was"], o["host"]["name"],
                    "signed" if self.headers.get("X-Provd-Signature") == want else "unsigned", code))
        if code == "silent":
            time.sleep(60)
        self.send_response(int(code) if code != "silent" else 200)
        if code == "302":
            self.send_header("Location", "http://%s:%s/elsewhere" % (address, port))
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
if len(sys.argv) > 6:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[6])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
