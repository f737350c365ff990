"""Yizhan and the gateways that people would use instead, on the same simulated modems in the same run: messages a second,
replies, memory, the cost of a long queue, and faults.

`benches/sms` is the modems and the floor, `peers` the gateways, `faults` what goes wrong. Everything that is compared is
measured in turns.
"""

import json
import statistics
import subprocess
import time

from . import peers
from .faults import Faults
from .modems import Modems

OTHERS = [peers.Kannel, peers.KannelShipped, peers.Smstools, peers.Gammu]
ALL = [peers.Yizhan, *OTHERS]
# What the floor puts on the disk for each message: about what a row of the queue is.
RECORD_OCTETS = 300
COUNTS, DELAYS_MS = (1, 4), (0, 100)
QUEUES = [100, 10_000, 100_000]
# How long a gateway is watched sending, and how long each round of ours and of the floor is.
WATCH_S, ROUND_S = 6, 4
REPLY_LIMIT_S = 20


class Gateways:
    def __init__(self, root, work, options, spread, percentile):
        built = subprocess.run(
            ["cargo", "build", "--release", "--quiet", "--bench", "sms", "--message-format=json"],
            cwd=root, check=True, capture_output=True, text=True,
        )
        artifacts = map(json.loads, built.stdout.splitlines())
        self.program = next(a["executable"] for a in artifacts if "bench" in a.get("target", {}).get("kind", []))
        peers.Yizhan.bench = self.program
        self.work, self.options, self.spread, self.percentile = work / "sms", options, spread, percentile
        self.watch_s, self.round_s = (3, 2) if options.quick else (WATCH_S, ROUND_S)
        self.runs = 0

    def rows(self):
        return [*self.sending(), *self.replying(), *self.queues(), *self.faults()]

    def folder(self):
        self.runs += 1
        return self.work / str(self.runs)

    # Messages a second.

    def sending(self):
        rows, rounds = [], 1 if self.options.quick else self.options.rounds
        for delay in DELAYS_MS[:1] if self.options.quick else DELAYS_MS:
            for count in COUNTS:
                loop, synced, ours = [], [], []
                for _ in range(rounds):
                    loop.append(self.bare(count, delay, 0))
                    synced.append(self.bare(count, delay, RECORD_OCTETS))
                    ours.append(self.drained(peers.Yizhan, count, delay))
                others = [(peer, self.drained(peer, count, delay)) for peer in OTHERS]
                rows += self.sending_rows(count, delay, loop, synced, ours, others)
        return rows

    def sending_rows(self, count, delay, loop, synced, ours, others):
        where = f"{count} modem{'s' * (count > 1)}, network {delay} ms"
        rates = [per_s for per_s, _ in ours]
        limit, what, least = (loop, "the limit", 0.95) if delay else (synced, "one `fdatasync` a message", 0.7)
        of_limit = self.spread([per_s / most for per_s, most in zip(rates, limit)], "{:.2f}")
        memory = statistics.median(rss for _, rss in ours)
        shown = [f"{peer.title()} {per_s:,.1f}/s, {rss:.0f} MiB" for peer, (per_s, rss) in others]
        return [
            (
                f"Floor: bare AT loop, {where}",
                f"{self.spread(loop, '{:,.1f}')} messages/s; with one `fdatasync` each {self.spread(synced, '{:,.1f}')}",
                "",
            ),
            (
                f"Yizhan, {where}",
                f"{self.spread(rates, '{:,.1f}')} messages/s; **{of_limit}** of {what}; RSS {memory:.1f} MiB",
                f"≥ {least}",
            ),
            (f"Others, {where}", "; ".join(shown), ""),
        ]

    def bare(self, count, delay, octets):
        folder = self.folder()
        with Modems(self.program, folder, count, delay) as modems:
            command = [self.program, "loop", folder, count, self.round_s / 2, octets]
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
            return rate(modems.do("wait", count=1, timeout_s=1), count)

    def drained(self, peer, count, delay):
        """Messages a second of a queue that is there when the first leaves, and memory under that load."""
        folder, is_ours = self.folder(), peer is peers.Yizhan
        watch_s = self.round_s if is_ours else self.watch_s
        # More than anybody sends in that time.
        total = (12 * count if delay else 2000) * watch_s if is_ours else 40 * count
        with Modems(self.program, folder, count, delay) as modems, peer(folder / "peer", modems.devices) as gateway:
            if is_ours:
                self.fill_unseen(modems, gateway, total)
            else:
                gateway.start()
                gateway.ready()
                gateway.send(messages(total))
            if not modems.do("wait", count=1, timeout_s=REPLY_LIMIT_S)["count"]:
                return 0, gateway.rss_mib()
            seen = modems.do("wait", count=total, timeout_s=watch_s)
            return rate(seen, count), gateway.rss_mib()

    def fill_unseen(self, modems, box, count):
        """Fills the queue while no modem is there, and starts the box on it; the rate, and the memory when it is full."""
        modems.do("pull")
        box.start()
        filled, memory = box.send(messages(count)), box.rss_mib()
        box.stop()
        modems.do("plug")
        box.start()
        return filled, memory

    # Replies.

    def replying(self):
        count = 30 if self.options.quick else 200
        floor, ours, rows = self.floor_replies(count // 2), self.replies(peers.Yizhan, count), []
        floor += self.floor_replies(count // 2)
        low, high = self.of(floor)
        half, most = self.of(ours)
        rows.append(("Floor of replies: bare loop with one `fdatasync`", f"p50 {low:.2f} ms, p95 {high:.2f} ms", ""))
        what = f"Yizhan, text in to the reply's Ctrl-Z, {len(ours)} of {count} texts"
        rows.append((what, f"p50 {half:.2f} ms, p95 **{most:.2f} ms**", f"p95 ≤ {high + 5:.1f} ms (floor + 5)"))
        shown = []
        for peer in OTHERS:
            count = 4 if self.options.quick else 12
            times = self.replies(peer, count)
            half, most = self.of(times) if times else (float("nan"), float("nan"))
            shown.append(f"{peer.title()} p50 {half:,.0f} ms, p95 {most:,.0f} ms, {len(times)} of {count}")
        return [*rows, ("Others, the same", "; ".join(shown), "")]

    def of(self, times):
        return statistics.median(times), self.percentile(times, 95)

    def replies(self, peer, count):
        folder = self.folder()
        with Modems(self.program, folder) as modems, peer(folder / "peer", modems.devices) as gateway:
            gateway.start()
            gateway.ready()
            return self.time_replies(modems, count)

    def floor_replies(self, count):
        folder = self.folder()
        with Modems(self.program, folder) as modems:
            command = [self.program, "answer", str(folder), str(RECORD_OCTETS)]
            floor = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            floor.stdout.readline()
            times = self.time_replies(modems, count)
            floor.stdin.close()
            floor.wait()
            return times

    def time_replies(self, modems, count):
        """Milliseconds of each reply that came; the first text shows that it is up."""
        times = []
        for n in range(count + 1):
            tpdu = modems.text(f"+86137{n:08}", "你好")
            taken = modems.do("reply", modem=1, tpdu=tpdu, timeout_s=REPLY_LIMIT_S)["ms"]
            times += [taken] if n and taken is not None else []
            # Its outcome is stored before the next comes, as with people.
            time.sleep(0.02)
        return times

    # A long queue.

    def queues(self):
        rows = []
        for waiting in QUEUES[:2] if self.options.quick else QUEUES:
            folder = self.folder()
            with Modems(self.program, folder) as modems, peers.Yizhan(folder / "peer", modems.devices) as box:
                filled, full = self.fill_unseen(modems, box, waiting)
                modems.do("wait", count=1, timeout_s=REPLY_LIMIT_S)
                before = box.cpu_s()
                seen = modems.do("wait", count=min(waiting, 5_000), timeout_s=self.watch_s)
                spent_us = (box.cpu_s() - before) * 1e6 / max(1, seen["count"] - 1)
                rows.append((
                    f"Yizhan, {waiting:,} messages wait, 1 modem, network 0 ms",
                    f"{rate(seen):,.1f} messages/s, {spent_us:,.0f} µs CPU each; RSS "
                    f"{full:.1f} MiB when all wait, {box.rss_mib():.1f} MiB sending; they came in at {filled:,.0f}/s",
                    "the same at each length",
                ))
        return rows

    # Faults.

    def faults(self):
        table = Faults(self.program, self.work, self.options).table(ALL)
        aim = "Yizhan: 0 lost, 0 doubled, unknown ≤ those in flight"
        shown = [[f"{peer.title()} {cell}" for peer, cell in zip(ALL, cells)] for _, *cells in table]
        return [(fault, "; ".join(cells), aim) for (fault, *_), cells in zip(table, shown)]


def messages(count):
    return [(f"+86139{n:08}", f"m{n}") for n in range(1, count + 1)]


def rate(seen, modems=1):
    """Messages a second, from the first of each modem, which go out together, to the last."""
    return (seen["count"] - modems) / (seen["last"] - seen["first"]) if seen["count"] > modems else 0
