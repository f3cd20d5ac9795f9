"""redfish.py PORT LOG - a BMC with two systems, as Redfish (DSP0266) has it."""
import base64
import http.server
import json
import sys

state = {"node1": "On", "node2": "Off"}
log = open(sys.argv[2], "w")


class Bmc(http.server.BaseHTTPRequestHandler):
    def answer(self, code, o=None):
        body = json.dumps(o or {}, indent=2).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_all(self):
        want = "Basic " + base64.b64encode(b'admin:s3c"ret\\').decode()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = self.path.split("/")
        if self.headers.get("Authorization") != want:
            return self.answer(401)
        if self.command != "GET":
            print(self.command, self.path, body.decode(), file=log, flush=True)
        if self.path == "/redfish/v1/Systems":
            return self.answer(200, {"Members@odata.count": len(state), "Members": [
                {"@odata.id": "/redfish/v1/Systems/" + n} for n in sorted(state)]})
        if len(parts) < 5 or parts[4] not in state:
            return self.answer(404)
        name = parts[4]
        if self.command == "GET":
            return self.answer(200, {"Id": name, "PowerState": state[name]})
        if self.command == "POST":
            kind = json.loads(body)["ResetType"]
            if kind == "ForceRestart" and state[name] != "On":
                return self.answer(409)
            state[name] = "Off" if kind == "ForceOff" else "On"
        return self.answer(204)

    do_GET = do_POST = do_PATCH = handle_all

    def log_message(self, *args):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Bmc).serve_forever()
