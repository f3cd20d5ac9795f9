#!/usr/bin/env python3
"""GET /v1/openapi.json against the table of calls, and against what provd answers."""
import json
import re
import socket
import sys

SOCKET, TABLE = sys.argv[1:3]
bad = []


def call(method, path, body=b""):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(SOCKET)
    s.sendall(b"%s %s HTTP/1.0\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
              % (method.encode(), path.encode(), len(body), body))
    got = b""
    endless = path in ("/v1/watch", "/v1/events")
    while not (endless and b"\r\n\r\n" in got) and (piece := s.recv(65536)):
        got += piece
    head, _, text = got.partition(b"\r\n\r\n")
    kind = re.search(rb"(?i)content-type: *([^;\r]*)", head + b"\r")
    return int(head.split()[1]), (kind.group(1).decode() if kind else ""), text


def wrong(where, what):
    bad.append("%s: %s" % (where, what))


doc = json.loads(call("GET", "/v1/openapi.json")[2])
SCHEMAS = doc["components"]["schemas"]
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool,
         "array": list, "object": dict, "null": type(None)}


def fits(schema, value):
    """What is wrong with value, or None."""
    if "$ref" in schema:
        return fits(SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], value)
    if "anyOf" in schema:
        said = [fits(s, value) for s in schema["anyOf"]]
        return None if None in said else " and ".join(said)
    kind = schema.get("type")
    if kind is None:
        return None
    if not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return "%.60r is not %s" % (value, kind)
    if kind == "array":
        return next((e for e in (fits(schema["items"], v) for v in value) if e), None)
    if kind == "object":
        for key in schema["required"]:
            if key not in value:
                return "%s is missing" % key
        for key, v in value.items():
            rest = schema["additionalProperties"]
            if key not in schema["properties"] and rest is False:
                return "%s is not described" % key
            if e := fits(schema["properties"].get(key, rest), v):
                return "%s: %s" % (key, e)
    return None


def check_schema(where, s):
    if not isinstance(s, dict):
        return wrong(where, "no schema")
    if set(s) - {"type", "properties", "required", "additionalProperties", "items", "anyOf", "$ref"}:
        wrong(where, "unknown keywords: %s" % list(s))
    if "$ref" in s and s["$ref"].rsplit("/", 1)[1] not in SCHEMAS:
        wrong(where, "%s leads nowhere" % s["$ref"])
    if "type" in s and s["type"] not in TYPES:
        wrong(where, "no type %s" % s["type"])
    for k in ("items",):
        if k in s:
            check_schema(where, s[k])
    for k, v in s.get("properties", {}).items():
        if not re.fullmatch("[a-z_]+", k):
            wrong(where, "a strange key: %r" % k)
        check_schema(where + "." + k, v)
    for v in s.get("anyOf", []):
        check_schema(where, v)
    if isinstance(s.get("additionalProperties"), dict):
        check_schema(where, s["additionalProperties"])


# The form (OpenAPI 3.1.0).
if doc["openapi"] != "3.1.0" or not doc["info"]["title"] or not doc["info"]["version"]:
    wrong("document", "no openapi, title, version")
for name, s in SCHEMAS.items():
    check_schema(name, s)
ids = set()
for path, item in doc["paths"].items():
    if not path.startswith("/"):
        wrong(path, "is no path")
    for method, op in item.items():
        where = "%s %s" % (method.upper(), path)
        if method not in ("get", "post", "put", "patch", "delete"):
            wrong(where, "no method")
        if op["operationId"] in ids or not op["summary"]:
            wrong(where, "operationId twice, or no summary")
        ids.add(op["operationId"])
        inside = [p["name"] for p in op["parameters"] if p["in"] == "path" and p["required"]]
        if inside != re.findall(r"{(\w+)}", path):
            wrong(where, "parameters of the path: %s" % inside)
        if len({(p["name"], p["in"]) for p in op["parameters"]}) != len(op["parameters"]):
            wrong(where, "a parameter twice")
        for code, r in op["responses"].items():
            if not re.fullmatch("default|[1-5][0-9][0-9]", code) or not r["description"]:
                wrong(where, "response %s" % code)
            for c in r.get("content", {}).values():
                if "schema" in c:
                    check_schema(where, c["schema"])
        if "content" not in op["responses"]["200"]:
            wrong(where, "no result: is it in api_schema.def?")
        elif op["responses"]["200"]["content"].get("application/json") == {"schema": {}} and \
                path != "/v1/openapi.json":
            wrong(where, "its result is not described: is it in api_schema.def?")
        for need in op["security"]:
            if set(need) - set(doc["components"]["securitySchemes"]):
                wrong(where, "unknown security scheme")

# Every row of the table, and nothing else.
rows = re.findall(r'^API\((\w+), "([^"]*)", (\w+), \w+, "([^"]*)"', open(TABLE).read(), re.M)
assert len(rows) > 20
said = {(m.upper(), p): op for p, item in doc["paths"].items() for m, op in item.items()}
if set(said) != {(m, p) for m, p, _, _ in rows}:
    wrong("table", "and description differ: %s" % (set(said) ^ {(m, p) for m, p, _, _ in rows}))
for m, p, right, query in rows:
    op = said.get((m, p), {"parameters": [], "security": None})
    if [x["name"] for x in op["parameters"] if x["in"] == "query"] != query.split():
        wrong(p, "its query")
    if (op["security"] == []) != (right == "OPEN"):
        wrong(p, "its right")

# What is answered.  Only GET: nothing is changed.
QUERY = {"/v1/explain": "?mac=h1", "/v1/hosts/{host}/file": "?path=.provd/install"}
tried = 0
for (method, path), op in said.items():
    if method != "GET":
        continue
    for host in ("h1", "h2", "nobody") if "{host}" in path else ("",):
        url = path.replace("{host}", host).replace("{profile}", "debian").replace("{file}", "app.js")
        code, kind, text = call("GET", url + QUERY.get(path, ""))
        want = op["responses"]["200" if code == 200 else "default"]["content"]
        tried += 1
        # Nothing switches it.
        if host == "h1" and code != 200 and not url.endswith("/power"):
            wrong(url, "%d: %.200s" % (code, text))
        if kind == "application/json":
            e = fits(want.get("application/json", {}).get("schema", {"type": "null"}), json.loads(text))
            if e:
                wrong(url, e)
        elif kind not in want and "*/*" not in want and path != "/v1/watch":
            wrong(url, "is %s, not %s" % (kind, list(want)))
print("#", len(said), "calls,", tried, "answers", flush=True)
for b in bad:
    print("#", b)
sys.exit(1 if bad else 0)
