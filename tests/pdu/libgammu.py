"""Reads TPDUs as AT lines, one a line of the input, with libgammu, and says what it found as JSON, one line each."""
import json
import sys

import gammu


def whole(text):
    """Joins the surrogates that libgammu gives one by one, and cuts the rest of its buffer off, which shows after escapes."""
    text = text.split("\0")[0]
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


for line in sys.stdin:
    try:
        message = gammu.DecodePDU(bytes.fromhex(line.strip()), True)
    except Exception as error:  # Which error it is does not matter: it could not read it.
        print(json.dumps({"error": str(error)}))
        continue
    header, time = message["UDH"], message["DateTime"]
    reference = header["ID16bit"] if header["ID16bit"] > 0 else header["ID8bit"]
    print(json.dumps({
        "number": message["Number"],
        "text": whole(message["Text"]) if isinstance(message["Text"], str) else None,
        "time": time and time.isoformat(),
        "parts": [reference, header["PartNumber"], header["AllParts"]] if header["AllParts"] > 0 else None,
        "reference": message["MessageReference"],
        "coding": message["Coding"],
        "class": message["Class"],
        "replace": message["ReplaceMessage"],
    }))
