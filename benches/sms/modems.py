"""Our end of the simulated modems that `benches/sms` runs, and the texts that people send to them."""

import json
import subprocess
import time


class Modems:
    """So many modems as `folder`/modem1 and on."""

    def __init__(self, program, folder, count=1, delay_ms=0):
        folder.mkdir(parents=True, exist_ok=True)
        self.devices = [folder / f"modem{n}" for n in range(1, count + 1)]
        command = [program, "modems", str(folder), str(count)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        self.texts = 0
        self.do("delay", ms=delay_ms)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def do(self, what, **how):
        self.process.stdin.write(json.dumps({"do": what, **how}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the simulated modems ended at {what}")
        return json.loads(line)

    def sent(self):
        """Modem, number, text and second of each message."""
        return self.do("sent")["sent"]

    def text(self, sender, words):
        """A DELIVER that no other is like."""
        self.texts += 1
        return delivered(sender, words, self.texts)


def delivered(sender, words, count):
    """A DELIVER in UCS2 as hexadecimal (3GPP TS 23.040, 9.2.2.1)."""
    digits = sender.lstrip("+")
    pairs = digits + "F" * (len(digits) % 2)
    address = f"{len(digits):02X}91" + "".join(b + a for a, b in zip(pairs[::2], pairs[1::2]))
    # No two texts have the same stamp, or they were the same text twice. China's clock, eight hours on.
    stamp = time.strftime("%y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600 - count))
    stamp = "".join(b + a for a, b in zip(stamp[::2], stamp[1::2])) + "23"
    data = words.encode("utf-16-be")
    return f"04{address}0008{stamp}{len(data):02X}{data.hex().upper()}"
