#!/usr/bin/env python3
"""Run the blocks of a page in their order: run.py PAGE.md DIRECTORY.

Each fenced block has a line before it that says what it is:
	<!-- test: file PATH -->	it is written there
	<!-- test: run -->		root's shell on the server, sh -e
	<!-- test: fails -->		the same, and it must fail
	<!-- test: client -->		on the machine to be installed
	<!-- test: output -->		what the block before printed: blanks count once,
					... in a line is any text, alone any lines
	<!-- test: config -->		provd -T accepts it
	<!-- test: shown WHY -->	it is only shown
and what a reader need not see stands in a comment of its own:
	<!-- test: hidden
	commands, as run
	-->
One result for each block; exit code 1 if one is bad."""
import os, re, subprocess, sys

page, work = sys.argv[1:3]
name = os.path.basename(page)
text = open(page, encoding="utf-8").read().split("\n")
last, bad, number = "", 0, 0


def result(good, what, more=""):
    global number, bad
    number += 1
    print("%sok %d - %s" % ("" if good else "not ", number, what))
    if not good:
        bad += 1
        print("# " + more.strip().replace("\n", "\n# "))
    sys.stdout.flush()


def shell(body, client=False):
    cmd = ["sh", "-e", "-c", body]
    if client:
        cmd = ["nsenter", "-t", os.environ["NS_CLIENT"], "-n", "-m", "--wd=" + work] + cmd
    with open(work + "/.out", "w+b") as out:    # a server that goes on must not hold a pipe
        try:
            code = subprocess.run(cmd, cwd=work, stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT, timeout=120).returncode
        except subprocess.TimeoutExpired:
            code = 124
        out.seek(0)
        return code, out.read().decode(errors="replace")


def same(want, have):
    """Lines of blanks pressed together, against a pattern."""
    def press(s):
        return [" ".join(l.split()) for l in s.strip("\n").split("\n") if l.strip()]
    pattern = ""
    for l in press(want):
        pattern += r"(?:.*\n)*?" if l == "..." else \
            re.sub(r"(\\ )?\\\.\\\.\\\.(\\ )?", ".*", re.escape(l)) + "\n"
    return re.fullmatch(pattern, "".join(l + "\n" for l in press(have))) is not None


i = 0
while i < len(text):
    line = text[i].strip()
    where = "%s:%d" % (name, i + 1)
    if line == "<!-- test: hidden":
        end = next(k for k in range(i + 1, len(text)) if text[k].strip() == "-->")
        code, out = shell("\n".join(text[i + 1:end]))
        result(code == 0, where + ": hidden", out)
        i = end
    elif line.startswith("```"):
        m = re.match(r"\s*<!-- test: (\w+) ?(.*?) *-->$", text[i - 1])
        indent = len(text[i]) - len(text[i].lstrip())
        end = next(k for k in range(i + 1, len(text)) if text[k].strip() == "```")
        body = "\n".join(l[indent:] for l in text[i + 1:end]) + "\n"
        kind, arg = m.groups() if m else ("nothing", "")
        if kind == "file":
            os.makedirs(os.path.dirname(arg), exist_ok=True)
            with open(arg, "w") as f:
                f.write(body)
        elif kind in ("run", "client", "fails"):
            code, last = shell(body, kind == "client")
            result((code != 0) == (kind == "fails"), where + ": " + body.split("\n")[0], last)
        elif kind == "output":
            result(same(body, last), where + ": prints that", last)
        elif kind == "config":
            with open(work + "/config.yaml", "w") as f:
                f.write(body)
            code, out = shell("provd -T -f config.yaml >/dev/null")
            result(code == 0, where + ": is accepted", out)
        elif kind != "shown" or not arg:
            result(False, where + ": says what it is", "the line before it is: " + text[i - 1])
        i = end
    i += 1
if number == 0:
    result(False, name + ": has something to run")
sys.exit(1 if bad else 0)
