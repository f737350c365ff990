"""A modem that answers at once, on the far end of a pseudo terminal, with a clock at both ends of a reply.

It knows the commands of Yizhan's driver (3GPP TS 27.005 in PDU mode) and keeps one message at a time. It is not the
simulated modem of the product, whose own time would be measured with the box's.
"""

import os
import pty
import re
import select
import time
import tty

PATIENCE_S = 30
PLAIN = {
    "AT+CMEE?": "+CMEE: 1",
    "AT+CGMI": "Bench",
    "AT+CGMM": "Bench",
    "ATI": "Bench",
    "AT+CPIN?": "+CPIN: READY",
    "AT+CSMS=0": "+CSMS: 1,1,1",
    "AT+CPMS?": '+CPMS: "SM",0,30,"SM",0,30,"SM",0,30',
    "AT+CNUM": '+CNUM: "","+8613800138000",145',
    "AT+CREG?": "+CREG: 0,1",
    "AT+CEREG?": "+CEREG: 0,1",
    "AT+CSQ": "+CSQ: 20,99",
    "AT+COPS?": '+COPS: 0,0,"BENCH",7',
}


class Modem:
    """The far end of a pseudo terminal whose near end is `path`."""

    def __init__(self):
        self.far, near = pty.openpty()
        tty.setraw(near)
        self.path = os.ttyname(near)
        # Kept open, so that the line stays while nobody else has it.
        self.near = near
        self.buffer = b""
        self.stored = None
        self.texts = 0
        self.parts = 0
        self.ready = False
        self.ended = None

    def settle(self, quiet_s=0.3):
        """Answers until the box has been through its start and has been quiet for a while."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if not self.step(quiet_s) and self.ready:
                return
        raise SystemExit("the box never finished starting its modem")

    def text(self, sender, words):
        """One text and its reply. Times of the last octet of `+CMTI` and of the first Ctrl-Z, by `time.time`; the
        second is `None` if the box deleted the text and sent nothing."""
        self.texts += 1
        self.stored, self.ended = delivered(sender, words, self.texts), None
        os.write(self.far, b'\r\n+CMTI: "SM",1\r\n')
        began = time.time()
        while self.stored is not None:
            if not self.step(PATIENCE_S):
                raise SystemExit(f"no reply to {words!r}")
        return began, self.ended

    def step(self, patience_s):
        if not select.select([self.far], [], [], patience_s)[0]:
            return False
        octets = os.read(self.far, 4096)
        if b"\x1a" in octets and self.ended is None:
            self.ended = time.time()
        self.buffer += octets
        while match := re.search(rb"[\r\x1a\x1b]", self.buffer):
            piece, self.buffer = self.buffer[: match.start()], self.buffer[match.end() :]
            self.answer(piece.decode("ascii", "replace").strip(), match.group())
        return True

    def answer(self, command, end):
        if end == b"\x1a":
            self.parts = (self.parts + 1) % 256
            self.say(f"+CMGS: {self.parts}", "OK")
        elif end == b"\x1b":
            self.say("OK")
        elif command.startswith("AT+CMGS="):
            os.write(self.far, b"\r\n> ")
        elif command == "AT+CMGR=1" and self.stored:
            self.say(f"+CMGR: 0,,{len(self.stored) // 2 - 1}", self.stored, "OK")
        elif command.startswith("AT+CMGD="):
            self.stored = None
            self.say("OK")
        elif command.startswith("AT+CPMS="):
            self.say("+CPMS: 0,30,0,30,0,30", "OK")
        elif command.startswith("AT+COPS?"):
            # The last question of the minute's check.
            self.ready = True
            self.say(PLAIN[command], "OK")
        elif command:
            self.say(*filter(None, [PLAIN.get(command)]), "OK")

    def say(self, *lines):
        os.write(self.far, "".join(f"\r\n{line}\r\n" for line in lines).encode())


def delivered(sender, words, count):
    """A DELIVER in UCS2 behind an empty service centre address, as hexadecimal (3GPP TS 23.040, 9.2.2.1)."""
    digits = sender.lstrip("+")
    pairs = digits + "F" * (len(digits) % 2)
    address = f"{len(digits):02X}91" + "".join(b + a for a, b in zip(pairs[::2], pairs[1::2]))
    # No two texts have the same stamp, or they were the same text twice.
    stamp = time.strftime("%y%m%d%H%M%S", time.gmtime(time.time() + count))
    stamp = "".join(b + a for a, b in zip(stamp[::2], stamp[1::2])) + "00"
    data = words.encode("utf-16-be")
    return f"0004{address}0008{stamp}{len(data):02X}{data.hex().upper()}"
