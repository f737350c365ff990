"""The gateways that are measured: each started on simulated modems, given messages, killed, and asked what still waits.

Their configuration lies beside this file. A gateway runs with its files under a folder of its own and nowhere else.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import string
import subprocess
import time
from urllib.parse import quote

from day import Local

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_S = 30
# Who has not ended by then is killed.
STOP_S = 5


class Peer:
    """One gateway on the modems of one folder."""

    name = "{}"
    # Debian's.
    package = None

    def __init__(self, folder, devices):
        self.folder, self.devices = folder, devices
        folder.mkdir(parents=True, exist_ok=True)
        self.values = {name: free_port() for name in ("http", "admin", "box")}
        self.values.update(folder=folder, names=",".join(f"modem{n}" for n in range(1, len(devices) + 1)))
        self.processes = []
        self.prepare()

    @classmethod
    def title(cls):
        """Its name with the upstream version."""
        if not cls.package:
            return cls.name
        command = ["dpkg-query", "-W", "-f", "${Version}", cls.package]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return cls.name.format(shown.rpartition("-")[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def filled(self, template):
        """A configuration from its template: what all share, and what is below `each modem` once for each."""
        common, _, each = (HERE / template).read_text().partition("# each modem\n")
        modems = enumerate(self.devices, 1)
        parts = [string.Template(each).substitute(self.values, n=n, device=device) for n, device in modems]
        return string.Template(common).substitute(self.values), parts

    def write(self, name, template):
        common, parts = self.filled(template)
        (self.folder / name).write_text("\n".join([common, *parts]))

    def script(self, name, template):
        self.write(name, template)
        (self.folder / name).chmod(0o755)

    def run(self, *command):
        log = open(self.folder / "output", "ab")
        self.processes.append(subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def pids(self):
        """Its processes and their children."""
        parents = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parents.setdefault(int(stat.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
            except OSError:
                pass
        found, waiting = [], [process.pid for process in self.processes]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting += parents.get(pid, [])
        return found

    def rss_mib(self):
        """What is resident, all its processes together; pages that they share are counted in each."""
        return sum(field(pid, "VmRSS") for pid in self.pids()) / 1024

    def cpu_s(self):
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def kill(self):
        self.end(self.pids())

    def stop(self):
        # Taken down before: children of one that has ended belong to nobody.
        pids = self.pids()
        for process in self.processes:
            process.terminate()
        end = time.monotonic() + STOP_S
        while time.monotonic() < end and any(process.poll() is None for process in self.processes):
            time.sleep(0.05)
        self.end(pids)

    def end(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.processes:
            process.wait()
        self.processes.clear()

    def prepare(self):
        pass

    def ready(self):
        """Waits until it is up, where it tells that."""

    def unknown(self):
        """The texts of messages that it says it does not know about; `None`: it has no such state."""
        return None

    def get(self, port, target):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")


class Kannel(Peer):
    name, package, conf = "Kannel {}", "kannel", "kannel.conf"

    def prepare(self):
        (self.folder / "store").mkdir(exist_ok=True)
        self.write("kannel.conf", self.conf)

    def start(self):
        self.run("bearerbox", "-v", "2", self.folder / "kannel.conf")
        until(lambda: "running" in self.status(), "bearerbox did not start")
        self.run("smsbox", "-v", "2", self.folder / "kannel.conf")
        until(self.is_asked, "smsbox did not start")

    def is_asked(self):
        try:
            return self.get(self.values["http"], "/")[0] > 0
        except OSError:
            return False

    def status(self):
        try:
            return self.get(self.values["admin"], "/status.txt?password=bench")[1]
        except OSError:
            return ""

    def ready(self):
        until(lambda: self.status().count("(online") >= len(self.devices), "its modems did not come up")

    def send(self, messages):
        connection = http.client.HTTPConnection("127.0.0.1", self.values["http"], timeout=PATIENCE_S)
        for to, text in messages:
            connection.request("GET", f"/cgi-bin/sendsms?username=bench&password=bench&to={quote(to)}&text={quote(text)}")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 202:
                raise SystemExit(f"sendsms: {answer.status}")

    def waiting(self):
        return sum(path.is_file() for path in (self.folder / "store").rglob("*"))


class KannelShipped(Kannel):
    name, conf = "Kannel {} as shipped", "kannel-shipped.conf"

    def waiting(self):
        """It keeps them in memory, and tells how many."""
        told = re.findall(r"sent \d+ \((\d+) queued\)|queued (\d+) msgs", self.status().partition("SMS:")[2])
        return sum(int(a or b) for a, b in told)


class Smstools(Peer):
    name, package = "smstools {}", "smstools"

    def prepare(self):
        for name in ("outgoing", "checked", "incoming", "failed", "sent"):
            (self.folder / name).mkdir(exist_ok=True)
        self.write("smsd.conf", "smstools.conf")
        self.script("answer", "smstools-answer")

    def start(self):
        self.run("smsd", "-t", "-c", self.folder / "smsd.conf")

    def send(self, messages):
        for n, (to, text) in enumerate(messages):
            new = self.folder / f"message{n}"
            new.write_text(f"To: {to.lstrip('+')}\n\n{text}\n")
            new.rename(self.folder / "outgoing" / f"m{n:06}")

    def waiting(self):
        folders = ("outgoing", "checked")
        return sum(not path.name.endswith(".LOCK") for name in folders for path in (self.folder / name).iterdir())


class Gammu(Peer):
    name, package = "gammu-smsd {}", "gammu-smsd"

    def prepare(self):
        self.script("answer", "gammu-smsd-answer")
        for n, text in enumerate(self.filled("gammu-smsd.conf")[1], 1):
            for name in ("inbox", "outbox", "sent", "error"):
                (self.folder / f"modem{n}" / name).mkdir(parents=True, exist_ok=True)
            (self.folder / f"modem{n}" / "smsdrc").write_text(text)

    def start(self):
        for n in range(1, len(self.devices) + 1):
            self.run("gammu-smsd", "-c", self.folder / f"modem{n}" / "smsdrc")

    def send(self, messages):
        for n, (to, text) in enumerate(messages):
            folder = self.folder / f"modem{n % len(self.devices) + 1}"
            new = folder / f"message{n}"
            new.write_text(text)
            new.rename(folder / "outbox" / f"OUTC20200101_000000_{n:06}_{to}_bench.txt")

    def waiting(self):
        return sum(1 for _ in self.folder.glob("modem*/outbox/*"))


class Yizhan(Peer):
    name = "Yizhan"
    binary = HERE.parent.parent / "target" / "release" / "yizhan"
    # The program of `benches/sms`; set once it is built.
    bench = None

    def prepare(self):
        self.write("yizhan.toml", "yizhan.toml")
        self.ids = []

    def start(self):
        self.run(self.binary, "serve", "--config", self.folder / "yizhan.toml")
        until(lambda: self.asks("/api/v1/modems") is not None, "Yizhan did not start")

    def ready(self):
        def is_ready():
            modems = (self.asks("/api/v1/modems") or {"items": []})["items"]
            return len(modems) == len(self.devices) and all(modem["ready"] for modem in modems)

        until(is_ready, "its modems did not come up")

    def send(self, messages):
        """As many as are given, with the texts `m1` and on."""
        first = len(self.ids) + 1
        command = [self.bench, "fill", self.folder / "socket", first, len(messages), 32]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True)
        answer = json.loads(done.stdout)
        self.ids += answer["ids"]
        return answer["per_s"]

    def having(self, *states):
        """The texts of the messages in one of these states."""
        found = {f"m{n}": self.asks(f"/api/v1/messages/{id}")["state"] for n, id in enumerate(self.ids, 1)}
        return {text for text, state in found.items() if state in states}

    def waiting(self):
        return len(self.having("queued", "submitting"))

    def unknown(self):
        return self.having("unknown")

    def asks(self, target):
        connection = Local(str(self.folder / "socket"))
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()


def until(is_so, what, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(what)
        time.sleep(0.02)


def field(pid, name):
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name + ":")), 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
