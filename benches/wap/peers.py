"""Decks compiled beside libwbxml and Kannel, and our gateway beside Kannel's wapbox: pages a second, how long one takes,
loss, and what sessions cost. Both give a deck of some 1.2 kB: ours its own page, Kannel's the same one fetched from
nginx on loopback and compiled. Everything that is compared is measured in turns; it needs ports 9200 and 9201.
"""

import json
import re
import statistics
import subprocess
import time

# A page that fills a deck.
PAGE = "/s/juhelou/?v=wml"
CALLS = 20_000
# Kannel's tester starts anew each time: the difference between many calls and few is what calls cost.
FEW_CALLS = 200
CLIENTS = (1, 4)
# Phones, and pages for each.
LOSS_PHONES, LOSS_PAGES = 100, 5
LOSS_PERCENT = (1, 5, 20)
SESSIONS = 10_000
# It takes 44 ms for each.
KANNEL_SESSIONS = 1_000
PORTS = {9200: "9200, without sessions", 9201: "9201, in sessions"}


class Peers:
    def __init__(self, root, work, options, spread, demo, nginx):
        built = subprocess.run(
            ["cargo", "build", "--release", "--quiet", "--bench", "wap", "--message-format=json"],
            cwd=root, check=True, capture_output=True, text=True,
        )
        artifacts = map(json.loads, built.stdout.splitlines())
        self.program = next(a["executable"] for a in artifacts if "bench" in a.get("target", {}).get("kind", []))
        self.here, self.work, self.options, self.spread = root / "benches" / "wap", work / "wap", options, spread
        self.demo, self.nginx = demo, nginx
        self.work.mkdir()

    def rows(self):
        return [*self.compiling(), *self.gateways()]

    def run(self, *command):
        done = subprocess.run([self.program, *map(str, command)], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"wap {' '.join(map(str, command))}: exit {done.returncode}")
        return json.loads(done.stdout)

    # Decks.

    def compiling(self):
        deck = self.run("deck", self.work)
        file = self.work / "deck.wml"
        libwbxml = self.work / "libwbxml"
        # The loop around it is made now: what is measured is the library that the machine has.
        folder = "/usr/include/libwbxml-1.0"
        source = ["-O2", f"-I{folder}/wbxml", f"-I{folder}", "-o", libwbxml, self.here / "libwbxml.c", "-lwbxml2"]
        if subprocess.run(["cc", *source]).returncode:
            raise SystemExit("missing: libwbxml2-dev")
        names = {"straight": "written straight from the page", "xml": "compiled from XML", "size": "its size alone",
                 "decompiled": "decompiled"}
        ours, theirs, kannel = {name: [] for name in names}, [], []
        for _ in range(self.options.rounds):
            for name in names:
                ours[name].append(self.run(name, CALLS)["us"])
            ran = subprocess.run([libwbxml, file, str(CALLS // 10)], capture_output=True, text=True, check=True)
            theirs.append(float(ran.stdout.split()[0]))
            kannel.append(self.by_kannel(file, CALLS // 10))
        what = f"A deck of {deck['octets']:,} octets, {deck['xml']:,} of XML"
        rows = [(f"{what}: libwbxml", f"{self.spread(theirs, '{:,.0f}')} µs", ""),
                (f"{what}: Kannel's compiler", f"{self.spread(kannel, '{:,.0f}')} µs", "")]
        aims = {"straight": "≥ 20", "xml": "≥ 8"}
        for name, title in names.items():
            times = [other / own for other, own in zip(theirs, ours[name])]
            per_s = 1e6 / statistics.median(ours[name])
            figure = f"{self.spread(ours[name], '{:.2f}')} µs, {per_s:,.0f}/s; **{self.spread(times, '{:.1f}')}** × libwbxml"
            rows.append((f"Ours, {title}", figure, aims.get(name, "")))
        return rows

    def by_kannel(self, file, calls):
        def took(calls):
            began = time.perf_counter()
            made = self.work / "made"
            subprocess.run(["wml_tester", "-n", str(calls), "-b", "-f", made, file], capture_output=True, check=True)
            if not made.stat().st_size:
                raise SystemExit("Kannel's wml_tester compiled nothing")
            return (time.perf_counter() - began) * 1e6

        return (took(FEW_CALLS + calls) - took(FEW_CALLS)) / calls

    # Gateways.

    def gateways(self):
        ours = {9200: 19200, 9201: 19201}
        pages = self.work / "pages"
        pages.mkdir()
        with self.demo("wap-demo", more=["--wap-ports", ",".join(map(str, ours.values()))]) as demo:
            (pages / "deck.wml").write_bytes(demo.get(PAGE))
            compiled = self.work / "deck.wmlc"
            compiled.write_bytes(demo.get(PAGE + "c"))
            with self.nginx(self.work, "/deck.wml") as nginx, Wapbox(self.work) as wapbox:
                urls = {"ours": demo.url(PAGE), "wapbox": nginx.url("/deck.wml")}
                ports = {"ours": ours, "wapbox": {port: port for port in PORTS}}
                rows = self.load(urls, ports, compiled)
                rows += self.sessions(ours[9201], demo.process.pid, wapbox.process.pid)
                return rows + self.loss(urls, ports)

    def load(self, urls, ports, compiled):
        rows = []
        for clients in CLIENTS:
            runs = {(who, port): [] for who in urls for port in PORTS}
            bare = []
            for _ in range(self.options.rounds):
                bare.append(self.floor(compiled, clients))
                for who, port in runs:
                    run = self.run("load", ports[who][port], urls[who], clients, self.options.seconds)
                    runs[who, port].append(run)
            whose = f"{clients} phone{'s' * (clients > 1)}"
            figure = f"{self.spread([run['per_s'] for run in bare], '{:,.0f}')} pages/s"
            rows.append((f"Floor: a bare socket gives that deck, {whose}", figure, ""))
            for port, name in PORTS.items():
                own, other = runs["ours", port], runs["wapbox", port]
                times = [a["per_s"] / b["per_s"] for a, b in zip(own, other)]
                of_floor = [a["per_s"] / b["per_s"] for a, b in zip(own, bare)]
                rows.append((
                    f"Gateway, {name}, {whose}",
                    f"{self.shown(own)}; **{self.spread(times, '{:.1f}')}** × wapbox; "
                    f"{self.spread(of_floor, '{:.2f}')} of the floor",
                    "≥ 5, lower p95",
                ))
                rows.append((f"Kannel's wapbox, {name}, {whose}", self.shown(other), ""))
        return rows

    def shown(self, runs):
        rates = self.spread([run["per_s"] for run in runs], "{:,.0f}")
        p95 = self.spread([run["p95_ms"] for run in runs], "{:.3f}")
        return f"{rates} pages/s, p50 {statistics.median(run['p50_ms'] for run in runs):.3f} ms, p95 {p95} ms"

    def floor(self, compiled, clients):
        command = [self.program, "floor", str(compiled)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            port = json.loads(server.stdout.readline())["port"]
            run = self.run("load", port, "http://floor/", clients, self.options.seconds)
            server.communicate()
        return run

    def sessions(self, port, ours, wapbox):
        rows = []
        for who, where, count, pid, aim in [
            ("Gateway", port, SESSIONS, ours, "≤ 32 MiB"),
            ("Kannel's wapbox", 9201, KANNEL_SESSIONS, wapbox, ""),
        ]:
            before = rss_kib(pid)
            self.run("sessions", where, count)
            grown = rss_kib(pid) - before
            figure = f"**{grown / 1024:.1f} MiB**, {grown * 1000 / count:,.0f} KiB for 1,000"
            rows.append((f"{who}, {count:,} live sessions", figure, aim))
        return rows

    def loss(self, urls, ports):
        rows = []
        lost = ", ".join(map(str, LOSS_PERCENT))
        for port, name in PORTS.items():
            for who, title in [("ours", "Gateway"), ("wapbox", "Kannel's wapbox")]:
                runs = [
                    self.run("loss", ports[who][port], urls[who], LOSS_PHONES, LOSS_PAGES, percent)
                    for percent in LOSS_PERCENT
                ]
                listed = lambda what, form: ", ".join(form.format(run[what]) for run in runs)
                rows.append((
                    f"{title}, {name}, {lost} % of datagrams lost each way, {LOSS_PHONES} phones",
                    f"**{listed('answered', '{}')} of {runs[0]['asked']}** pages; p95 {listed('p95_s', '{:.1f}')} s, "
                    f"longest {listed('max_s', '{:.1f}')} s",
                    "all" if who == "ours" else "",
                ))
        return rows


class Wapbox:
    """Kannel's, with the bearerbox that it does not run without."""

    def __init__(self, folder):
        (folder / "kannel.conf").write_text(CONFIG)
        log = open(folder / "kannel.log", "wb")
        begin = lambda program: subprocess.Popen([program, "-v", "4", folder / "kannel.conf"], stdout=log, stderr=log)
        self.bearerbox = begin("bearerbox")
        time.sleep(2)
        self.process = begin("wapbox")
        time.sleep(2)
        if self.process.poll() is not None:
            raise SystemExit(f"wapbox did not start: {folder / 'kannel.log'}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.process, self.bearerbox):
            process.kill()
            process.wait()


CONFIG = """group = core
admin-port = 19182
admin-password = bench
wapbox-port = 19183
wdp-interface-name = "127.0.0.1"
box-allow-ip = "127.0.0.1"
log-level = 4

group = wapbox
bearerbox-host = 127.0.0.1
log-level = 4
"""


def rss_kib(pid):
    return int(re.search(r"^VmRSS:\s*(\d+)", open(f"/proc/{pid}/status").read(), re.M)[1])
