"""A busy shop's day, played to the demo: texts with replies, page views, posts, messages by the API, imports with new
pictures, and the hourly jobs, with the box's clock moved on hour by hour.

A day like it is played first, and a month then skipped, so that on the measured day as much goes to the archive as comes.
What is written is told by the device, which counts everybody's, by Linux for the box, in pages that it made dirty
(on kernels with large folios far more than it wrote), and by the box's own writes, file by file.
"""

import collections
import http.client
import io
import json
import os
import pathlib
import re
import socket
import tarfile
import time
from urllib.parse import urlencode

HOURS = 24
TEXTS, VIEWS, POSTS, MESSAGES, IMPORTS = 600, 3000, 120, 40, 6
# The handset page keeps 50: these, and those that get messages.
PHONES = 40
WORDS = ["你好", "1001", "1", "0", "2", "地址", "1002", "电话"]
SITES = {"restaurant": "juhelou", "hotel": "quanshui", "clinic": "renxin", "farm": "hongye"}
INDUSTRIES = pathlib.Path(__file__).resolve().parent.parent / "templates" / "industry"
# Journal, view and the others, by the folder in the data directory.
PARTS = ["journal", "view", "snapshots", "pictures", "archive"]


def play(demo, data):
    """Plays the month before and the measured day; what the day wrote."""
    day = Day(demo, data)
    day.live(0)
    day.skip(29 * HOURS * 3600)
    os.sync()
    began, before = time.time(), day.written()
    day.live(1)
    os.sync()
    after = day.written()
    return began, time.time(), {name: after[name] - before[name] for name in before}


def split(log, data, began, ended):
    """Octets and calls by part of the data directory, from a strace of the box's writes."""
    octets, calls, waiting = collections.Counter(), collections.Counter(), {}
    call = re.compile(r"^(\d+) +(\d+\.\d+) p?write[v0-9]*\(\d+<" + re.escape(str(data)) + r"/([^/>]+)")
    end = re.compile(r"^(\d+) .*[)] += (\d+)$")
    for line in open(log, errors="replace"):
        if begun := call.match(line):
            thread, at, folder = begun.groups()
            waiting[thread] = folder if began <= float(at) <= ended else None
        # On the same line, or later when other threads came between.
        if (done := end.match(line)) and (folder := waiting.pop(done[1], None)):
            octets[folder] += int(done[2])
            calls[folder] += 1
    return octets, calls


class Day:
    def __init__(self, demo, data):
        self.demo, self.data = demo, data
        self.seen = collections.Counter()

    def live(self, day):
        for hour in range(HOURS):
            for n in range(hour, TEXTS, HOURS):
                # Half of them come every day.
                phone = f"+86139{n % PHONES:08}"
                self.text(phone, WORDS[(n // PHONES + day) % len(WORDS)])
            for n in range(hour, VIEWS, HOURS):
                site = list(SITES.values())[n % 4]
                self.demo.get(f"/s/{site}/?v={['web', 'xhtml', 'wml'][n % 3]}")
            for n in range(hour, POSTS, HOURS):
                form = urlencode({"_form": "write", "_once": f"{day:08}{n:08}", "text": f"第{n}条留言，鱼很新鲜，下次再来"})
                target = f"/s/{list(SITES.values())[n % 4]}/guestbook/write"
                self.ask("POST", target, form, "application/x-www-form-urlencoded", good=(303,))
            for n in range(hour, MESSAGES, HOURS):
                order = {"to": f"+86138{n % 8:08}", "text": f"【聚和楼】您预订的{n}号桌已留好，请准时到店。", "key": f"{day}/{n}"}
                self.local("POST", "/api/v1/messages", json.dumps(order), good=(202,))
            if hour % (HOURS // IMPORTS) == 0:
                self.bring(day, hour // (HOURS // IMPORTS))
            self.skip(3600)

    def text(self, phone, words):
        """One text, until its reply is there."""
        self.ask("POST", "/handset/send", json.dumps({"phone": phone, "text": words}), good=(202,))
        end = time.monotonic() + 60
        while time.monotonic() < end:
            query = urlencode({"phone": phone, "after": self.seen[phone]})
            answer = json.loads(self.ask("GET", f"/handset/messages?{query}"))
            self.seen[phone] = answer["next"]
            if any(item["from"] == "box" for item in answer["items"]):
                return
        raise SystemExit(f"no reply to {words!r}")

    def bring(self, day, n):
        """A site as its owner edits it: one text changed, one picture new."""
        industry = list(SITES)[n % 4]
        out = io.BytesIO()
        pictures = sorted(path for path in (INDUSTRIES / industry / "pictures").iterdir() if path.is_file())
        with tarfile.open(fileobj=out, mode="w") as tar:
            text = (INDUSTRIES / industry / "site.toml").read_text()
            files = {"site.toml": text.replace('\nslogan = "', f'\nslogan = "{day}.{n} ', 1).encode()}
            for number, path in enumerate(pictures):
                # Octets behind the end of a picture make it another file, and show nothing.
                files[f"pictures/{path.name}"] = path.read_bytes() + (f"{day}.{n}".encode() if number == n else b"")
            for name, octets in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(octets)
                tar.addfile(entry, io.BytesIO(octets))
        self.local("POST", "/api/v1/sites", out.getvalue(), "application/x-tar")

    def skip(self, seconds):
        """Moves the clock and waits for the hourly jobs; a modem that took the jump for silence looks again in a while."""
        runs = self.metric("yizhan_sweeps_total")
        self.move(seconds)
        self.until(lambda: self.metric("yizhan_sweeps_total") > runs, "the hourly jobs did not run")
        self.until(lambda: self.metric("yizhan_modems_up") == 1 or self.move(1), "the modem is lost")

    def move(self, seconds):
        self.ask("POST", "/handset/time", f"advance_s={seconds}", "application/x-www-form-urlencoded", good=(204,))

    def until(self, is_so, what):
        end = time.monotonic() + 60
        while not is_so():
            if time.monotonic() > end:
                raise SystemExit(what)
            time.sleep(0.01)

    def metric(self, name):
        return float(re.search(rf"^{name} (\S+)$", self.demo.get("/metrics").decode(), re.M)[1])

    def written(self):
        io_text = pathlib.Path(f"/proc/{self.demo.process.pid}/io").read_text()
        device = os.stat(self.data).st_dev
        stat = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
        sectors = int(stat.read_text().split()[6]) if stat.exists() else 0
        return {"process": int(re.search(r"^write_bytes: (\d+)", io_text, re.M)[1]), "device": sectors * 512}

    def ask(self, method, target, body=None, kind="application/json", good=(200,)):
        return exchange(http.client.HTTPConnection("127.0.0.1", self.demo.port, timeout=60), method, target, body, kind, good)

    def local(self, method, target, body=None, kind="application/json", good=(200,)):
        return exchange(Local(str(self.data / "yizhan.sock")), method, target, body, kind, good)


class Local(http.client.HTTPConnection):
    """The box's own socket, where the API needs no token."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def exchange(connection, method, target, body, kind, good):
    try:
        octets = body.encode() if isinstance(body, str) else body
        connection.request(method, target, body=octets, headers={"Content-Type": kind} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in good:
            raise SystemExit(f"{method} {target}: {answer.status} {text[:300]!r}")
        return text
    finally:
        connection.close()
