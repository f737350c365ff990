"""What the store costs: commits against the bare disk and against sled alone, opening, memory, size under churn.

Each figure comes from a run of its own of `benches/store`. Everything that is compared is measured in turns.
"""

import json
import os
import statistics
import subprocess

WRITERS = [1, 8, 64]
ENGINES = {"ours": "Store", "sled": "sled 0.34.7 alone"}
# What a start replays at most: a segment of 8 MiB, as rows of 354 octets.
REPLAYED = 23_000
CHURNED = 10_000


class Storage:
    def __init__(self, root, work, options, spread):
        built = subprocess.run(
            ["cargo", "build", "--release", "--quiet", "--bench", "store", "--message-format=json"],
            cwd=root, check=True, capture_output=True, text=True,
        )
        artifacts = map(json.loads, built.stdout.splitlines())
        # The bench's, and not the program's that is built beside it.
        self.program = next(a["executable"] for a in artifacts if "bench" in a.get("target", {}).get("kind", []))
        self.work, self.options, self.spread = work / "store", options, spread
        self.work.mkdir()

    def rows(self):
        return [*self.commits(), *self.ahead(), *self.opening(), *self.churn()]

    def run(self, what, kind, folder, *numbers, good=0):
        command = [self.program, what, kind, str(self.work / folder), *map(str, numbers)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode != good:
            raise SystemExit(f"{' '.join(command)}: exit {done.returncode}")
        return json.loads(done.stdout) if done.stdout else {}

    def commits(self):
        """One row a commit, in turns with the bare disk. The folders grow from round to round, so checkpoints fall in."""
        octets, rows = self.run("commits", "ours", "first", 1, 0.1)["octets"], []
        seconds = self.options.seconds
        for writers in WRITERS:
            runs = {"ours": [], "sled": [], "shared": [], "grouped": []}
            for _ in range(self.options.rounds):
                runs["shared"].append(self.run("floor", "grow", "floor", octets, writers, seconds))
                runs["ours"].append(self.run("commits", "ours", f"ours{writers}", writers, seconds))
                runs["grouped"].append(self.run("floor", "grow", "floor", octets * writers, 1, seconds))
                runs["sled"].append(self.run("commits", "sled", f"sled{writers}", writers, seconds))
            rows += self.commit_rows(writers, octets, runs)
        return rows

    def commit_rows(self, writers, octets, runs):
        rates = {name: [run["per_s"] for run in runs[name]] for name in runs}
        perfect = [rate * writers for rate in rates["grouped"]]
        whose = f"{writers} writer{'s' * (writers > 1)}"
        sharing = f", {writers} threads sharing one file, each with its own sync" if writers > 1 else ""
        of_floor = self.spread(ratios(rates["ours"], rates["shared"]), "{:.2f}")
        # With one writer a perfect group is the floor itself.
        also = f"; {self.spread(ratios(rates['ours'], perfect), '{:.2f}')} of perfect groups" if writers > 1 else ""
        rows = [
            (f"Floor: append of {octets} octets + `fdatasync`{sharing}", self.rate(runs["shared"], "syncs"), ""),
            (f"Store, commits of one row, {whose}", f"{self.rate(runs['ours'])}; **{of_floor}** of the floor{also}", "≥ 0.8"),
            (f"sled 0.34.7 alone, insert + flush + `sync_data`, {whose}", self.rate(runs["sled"]), ""),
        ]
        if writers > 1:
            what = f"Perfect groups: {writers} × {octets} octets in one append + `fdatasync`"
            rows.insert(1, (what, f"{self.spread(perfect, '{:,.0f}')} commits/s", ""))
        return rows

    def rate(self, runs, unit="commits"):
        rate = self.spread([run["per_s"] for run in runs], "{:,.0f}")
        device = [run["device_octets_each"] for run in runs if run["device_octets_each"] is not None]
        written = f", {statistics.median(device):,.0f} octets to the device each" if device else ""
        return f"{rate} {unit}/s{written}"

    def ahead(self):
        """The floor once more, with room made ahead of the end of the file."""
        octets = self.run("commits", "ours", "first", 1, 0.1)["octets"]
        kinds = {
            "grow": "file that grows",
            "fallocate": "256 KiB ahead by fallocate",
            "zeros": "256 KiB of zeros ahead",
            "recycled": "old file overwritten",
        }
        runs = {kind: [] for kind in kinds}
        for _ in range(self.options.rounds):
            for kind in kinds:
                runs[kind].append(self.run("floor", kind, "floor", octets, 1, self.options.seconds))
        return [
            (f"Append of {octets} octets + `fdatasync`, {name}", self.rate(runs[kind], "syncs"), "")
            for kind, name in kinds.items()
        ]

    def opening(self):
        """Time and memory of an open store, each time in a new process and from a cold page cache."""
        rows = []
        for records in self.options.records:
            for engine, name in ENGINES.items():
                folder = f"{engine}-{records}"
                self.run("fill", engine, folder, records)
                clean, killed = [], []
                for round in range(self.options.rounds):
                    self.forget(folder)
                    clean.append(self.run("open", engine, folder))
                for round in range(self.options.rounds):
                    self.run("kill", engine, folder, records, REPLAYED, good=-9)
                    self.forget(folder)
                    killed.append(self.run("open", engine, folder))
                aim = "≤ 1,000 ms" if engine == "ours" and records == 100_000 else ""
                rows.append((f"{name}, {records:,} rows, opened cold after a clean end", self.opened(clean), aim))
                what = f"{name}, {records:,} rows, opened cold after SIGKILL, {REPLAYED:,} changes behind a checkpoint"
                rows.append((what, self.opened(killed), aim))
        return rows

    def opened(self, runs):
        time = self.spread([run["ms"] for run in runs], "{:,.0f}")
        memory, peak = (max(run[name] for run in runs) / 1024 for name in ("rss_kib", "peak_kib"))
        disk = max(run["octets"] for run in runs) / 2**20
        return f"**{time} ms**, VmRSS {memory:.1f} MiB, VmHWM {peak:.1f} MiB, {disk:,.0f} MiB on disk"

    def forget(self, folder):
        """Takes the files out of the page cache, so that opening reads the disk."""
        for path in (self.work / folder).rglob("*"):
            if path.is_file():
                file = os.open(path, os.O_RDONLY)
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(file)

    def churn(self):
        overwrites, rows = self.options.overwrites, []
        for engine, name in ENGINES.items():
            run = self.run("churn", engine, f"churn-{engine}", CHURNED, overwrites)
            sizes = " ".join(f"{octets / 2**20:.0f}" for octets in run["octets"])
            compacted = f"; compacted {run['compacted'] / 2**20:.0f} MiB" if run["compacted"] < run["octets"][-1] else ""
            written = run["device_octets_each"]
            device = f"; {written:,.0f} octets to the device each" if written is not None else ""
            what = f"{name}, {overwrites:,} overwrites of {CHURNED:,} rows: MiB on disk before and after each tenth"
            rows.append((what, f"{sizes}{compacted}{device}", ""))
        return rows


def ratios(ours, theirs):
    return [a / b for a, b in zip(ours, theirs)]
