"""What is lost, doubled and unknown when something goes wrong: each fault for each gateway on a modem of its own, several
at a time, since nothing here is timed and most gateways sleep most of the time.
"""

import collections
import concurrent.futures
import time

from .modems import Modems

# Of the network, so that there is a middle to be killed in.
DELAY_MS = 100
# At the same time; more and they would wait for each other.
AT_ONCE = 8
# More is told beside the messages.
FILES_OCTETS = 50_000_000


class Faults:
    def __init__(self, program, work, options):
        self.program, self.work, self.quick = program, work / "faults", options.quick
        # How long a gateway gets to come through, and how much it has to do.
        self.patience_s = 15 if options.quick else options.patience
        self.few, self.many, self.texts = (12, 40, 8) if options.quick else (30, 200, 40)

    def table(self, peers):
        """Rows of a Markdown table: a fault, and a cell for each gateway."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = {(fault, peer): pool.submit(self.cell, fault, peer) for fault in self.all() for peer in peers}
            return [(self.all()[fault], *(jobs[fault, peer].result() for peer in peers)) for fault in self.all()]

    def all(self):
        all = {
            # The longest first; a look whether all still runs does without it.
            "unanswered": "Every 10th answer to `+CMGS` is lost, 20 messages",
            "refused": f"`+CMS ERROR: 38` to every 10th of {self.few} messages",
            "hung": f"The modem is deaf for 10 s, {self.few} messages",
            "pulled": f"The modem is pulled for 5 s, {self.few} messages",
            "killed": f"SIGKILL in the middle of {self.many} messages",
            "asked": f"SIGKILL in the middle of {self.texts} texts that come in",
            "twice": "10 texts, each delivered twice by the network",
        }
        return {name: words for name, words in all.items() if not (self.quick and name == "unanswered")}

    def cell(self, fault, peer):
        folder = self.work / f"{peer.__name__}-{fault}"
        try:
            with Modems(self.program, folder, 1, DELAY_MS) as modems, peer(folder / "peer", modems.devices) as gateway:
                gateway.start()
                gateway.ready()
                return getattr(self, fault)(modems, gateway) + written(gateway.folder)
        # One that does not come up again has no figures, and the others still have.
        except (SystemExit, OSError) as error:
            return f"failed: {error}"

    # What goes wrong.

    def refused(self, modems, gateway):
        modems.do("refuse", every=10, cms=38)
        return self.sending(modems, gateway, self.few, None)

    def hung(self, modems, gateway):
        def hang():
            modems.do("hang", on=True)
            time.sleep(10)
            modems.do("hang", on=False)

        return self.sending(modems, gateway, self.few, hang)

    def pulled(self, modems, gateway):
        def pull():
            modems.do("pull")
            time.sleep(5)
            modems.do("plug")

        return self.sending(modems, gateway, self.few, pull)

    def killed(self, modems, gateway):
        def kill():
            gateway.kill()
            gateway.start()

        return self.sending(modems, gateway, self.many, kill)

    def unanswered(self, modems, gateway):
        modems.do("lose", every=10)
        # A network may take its time, and so long a careful gateway waits for each.
        return self.sending(modems, gateway, 20, None, 6 * self.patience_s)

    def sending(self, modems, gateway, count, strike, patience_s=None):
        """`count` messages, the fault when a quarter has gone out or a while has passed, and what became of them."""
        gateway.send([(f"+86139{n:08}", f"m{n}") for n in range(1, count + 1)])
        if strike:
            modems.do("wait", count=count // 4, timeout_s=self.patience_s / 3)
            self.pause()
            strike()
        end = time.monotonic() + (patience_s or self.patience_s)
        # Until all is quiet for so long that nobody still tries.
        while time.monotonic() < end and gateway.waiting():
            time.sleep(1)
        modems.do("quiet", for_s=2, timeout_s=10)
        reached = collections.Counter(text for _, _, text, _ in modems.sent())
        return told(count, reached, gateway.waiting(), gateway.unknown())

    def pause(self):
        """Who sends without resting has then handed over the next one, and has no answer."""
        time.sleep(DELAY_MS / 2000)

    # Texts that come in.

    def asked(self, modems, gateway):
        self.warm(modems)
        for n in range(self.texts):
            modems.do("deliver", modem=1, tpdu=modems.text(f"+86137{n:08}", "你好"))
        modems.do("wait", count=self.texts // 4, timeout_s=self.patience_s / 3)
        self.pause()
        gateway.kill()
        gateway.start()
        return self.replies(modems, self.texts)

    def twice(self, modems, gateway):
        self.warm(modems)
        texts = [modems.text(f"+86137{n:08}", "你好") for n in range(10)]
        for text in texts:
            modems.do("deliver", modem=1, tpdu=text)
        modems.do("wait", count=len(texts), timeout_s=self.patience_s / 2)
        for text in texts:
            modems.do("deliver", modem=1, tpdu=text)
        return self.replies(modems, len(texts))

    def warm(self, modems):
        """A text and its reply: it is up."""
        modems.do("reply", modem=1, tpdu=modems.text("+8613699999999", "你好"), timeout_s=self.patience_s)
        modems.do("clear")

    def replies(self, modems, count):
        # A gateway that reads its storage once a minute shall not look as if it had lost what is in it.
        modems.do("wait", count=count, timeout_s=self.patience_s)
        modems.do("quiet", for_s=6, timeout_s=self.patience_s)
        answered = collections.Counter(to for _, to, _, _ in modems.sent() if "86137" in to)
        return told(count, answered, modems.do("stored")["stored"], None)


def told(count, reached, waiting, unknown):
    doubled = sum(times - 1 for times in reached.values())
    gone = count - len(reached)
    lost = max(0, gone - waiting - len((unknown or set()) - set(reached)))
    waits = f", {min(gone, waiting)} still wait" if gone and waiting else ""
    does_not_know = "" if unknown is None else f", {len(unknown)} unknown"
    return f"{bold(lost)} lost, {bold(doubled)} doubled{does_not_know}{waits}"


def bold(count):
    return f"**{count}**" if count else "0"


def written(folder):
    """What it wrote beyond all measure."""
    octets = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f", {octets / 1e6:,.0f} MB of files written" if octets > FILES_OCTETS else ""
