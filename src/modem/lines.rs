//! A modem's octets as lines and prompts, and the lines sorted: ours, final, or unsolicited. Pure
//! (ITU-T V.250, 5.7; 3GPP TS 27.005, 3 and 4).
//!
//! Whoever sends a command declares the prefixes of its answer; every other line is unsolicited, wherever it comes
//! between. Not here: what an answer means, waiting, the port.

use crate::sms::bearer::SubmitError;

/// The longest line kept: a PDU of 12 + 164 octets is 352 digits, some makers' own lines are longer.
const LINE_OCTETS: usize = 1024;

/// Headers that may wait for their PDU at the same time.
const OPEN_HEADERS: usize = 8;
/// Other lines that may stand between a header and its PDU. Without it, digits of a later answer are none.
const LINES_BETWEEN: u8 = 8;

/// Lines whose next line is a PDU.
const PDU_FOLLOWS: [&str; 5] = ["+CMGR:", "+CMGL:", "+CMT:", "+CDS:", "+CBM:"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Line(String),
    /// `> `, which has no line end. Some leave the blank out: `Digester::is_at_prompt`.
    Prompt,
}

/// Octets in, tokens out, however they were cut up.
#[derive(Default)]
pub struct Digester {
    line: Vec<u8>,
}

impl Digester {
    pub fn push(&mut self, octet: u8) -> Option<Token> {
        match octet {
            b'\r' | b'\n' if self.line.is_empty() => None,
            b'\r' | b'\n' => {
                let line = String::from_utf8_lossy(&self.line).trim().to_owned();
                self.line.clear();
                (!line.is_empty()).then_some(Token::Line(line))
            }
            b' ' if self.line == b">" => {
                self.line.clear();
                Some(Token::Prompt)
            }
            // Noise of a starting modem, and the echo of what ends or aborts a PDU.
            0x00..=0x1F | 0x7F | 0xFF => None,
            _ => {
                if self.line.len() < LINE_OCTETS {
                    self.line.push(octet);
                }
                None
            }
        }
    }

    /// `>` stands at a line's beginning, and no more has come yet.
    pub fn is_at_prompt(&self) -> bool {
        self.line == b">"
    }
}

/// One line, with the PDU line that belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub pdu: Option<String>,
    /// Other lines stood between the two.
    pub apart: bool,
}

impl Line {
    /// The comma-separated values after the prefix, without quotation marks; a comma within them does not separate.
    pub fn values(&self) -> Vec<String> {
        let values = self.text.split_once(':').map_or(self.text.as_str(), |(_, values)| values);
        let mut quoted = false;
        let separates = |c: char| {
            quoted ^= c == '"';
            c == ',' && !quoted
        };
        values.split(separates).map(|value| value.trim().trim_matches('"').to_owned()).collect()
    }

    /// The `n`th value as a number.
    pub fn number(&self, n: usize) -> Option<u16> {
        self.values().get(n)?.parse().ok()
    }
}

/// What the sender of a command expects.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The command, and later the PDU: what an echo would be.
    pub echo: &'a str,
    /// Prefixes of the answer; an empty one takes every line that does not look unsolicited.
    pub prefixes: &'a [&'a str],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sorted {
    Answer(Line),
    Unsolicited(Line),
    Final(Result<(), SubmitError>),
    /// An echo, or a header whose PDU is still to come.
    Nothing,
}

/// Sorts lines one by one. Keeps headers until their PDU has come, the newest first: an unsolicited line may stand
/// between a header and its PDU.
#[derive(Default)]
pub struct Sorter {
    open: Vec<Open>,
}

struct Open {
    line: Line,
    /// Of the command that runs.
    is_ours: bool,
    lines_since: u8,
}

impl Sorter {
    /// `expected` is `None` while no command runs: then every line is unsolicited.
    pub fn sort(&mut self, text: String, expected: Option<Expected<'_>>) -> Sorted {
        if let Some(Open { mut line, is_ours, lines_since }) = self.open.pop_if(|_| is_hexadecimal(&text)) {
            (line.pdu, line.apart) = (Some(text), lines_since > 0);
            return if is_ours { Sorted::Answer(line) } else { Sorted::Unsolicited(line) };
        }
        self.open.retain_mut(|open| {
            open.lines_since = open.lines_since.saturating_add(1);
            open.is_ours || open.lines_since <= LINES_BETWEEN
        });
        if expected.is_some_and(|expected| text == expected.echo) {
            return Sorted::Nothing;
        }
        if let Some(result) = final_result(&text) {
            return Sorted::Final(result);
        }
        let ours = expected.is_some_and(|expected| is_answer(&text, expected.prefixes));
        let has_pdu = PDU_FOLLOWS.iter().any(|prefix| text.starts_with(prefix));
        let line = Line { text, ..Line::default() };
        if has_pdu {
            if self.open.len() == OPEN_HEADERS {
                self.open.remove(0);
            }
            self.open.push(Open { line, is_ours: ours, lines_since: 0 });
            return Sorted::Nothing;
        }
        if ours { Sorted::Answer(line) } else { Sorted::Unsolicited(line) }
    }

    /// After a final result: our headers whose PDU never came.
    pub fn without_pdu(&mut self) -> Vec<Line> {
        self.open.extract_if(.., |open| open.is_ours).map(|open| open.line).collect()
    }
}

fn is_answer(text: &str, prefixes: &[&str]) -> bool {
    let looks_unsolicited = || text.starts_with(['+', '^', '*', '&', '$']) || text == "RING";
    prefixes.iter().any(|prefix| if prefix.is_empty() { !looks_unsolicited() } else { text.starts_with(prefix) })
}

fn is_hexadecimal(text: &str) -> bool {
    text.len() >= 4 && text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

/// Whether a line ends a command, and how. `NO CARRIER` and its like end calls, not ours.
fn final_result(text: &str) -> Option<Result<(), SubmitError>> {
    if text == "OK" {
        return Some(Ok(()));
    }
    if text == "ERROR" || text == "COMMAND NOT SUPPORT" {
        return Some(Err(SubmitError::Text(text.to_owned())));
    }
    let (kind, rest) = match text.strip_prefix("+CMS ERROR:") {
        Some(rest) => (SubmitError::Cms as fn(u16) -> SubmitError, rest.trim()),
        None => (SubmitError::Cme as fn(u16) -> SubmitError, text.strip_prefix("+CME ERROR:")?.trim()),
    };
    Some(Err(rest.parse().map_or_else(|_| SubmitError::Text(rest.to_owned()), kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(octets: &[u8]) -> Vec<Token> {
        let mut digester = Digester::default();
        octets.iter().filter_map(|octet| digester.push(*octet)).collect()
    }

    fn sorted(lines: &[&str], expected: Option<Expected<'_>>) -> Vec<Sorted> {
        let mut sorter = Sorter::default();
        let all = lines.iter().map(|line| sorter.sort((*line).to_owned(), expected));
        all.filter(|sorted| *sorted != Sorted::Nothing).collect()
    }

    fn line(text: &str, pdu: Option<&str>) -> Line {
        Line { text: text.into(), pdu: pdu.map(str::to_owned), apart: false }
    }

    #[test]
    fn octets_become_lines_and_prompts() {
        let line = |text: &str| Token::Line(text.into());
        assert_eq!(tokens(b"\0AT\r\r\nOK\r\n\xFF\r\n"), [line("AT"), line("OK")]);
        assert_eq!(tokens(b"AT+CMGS=5\r\r\n> 0011\x1A\r\n+CMGS: 7\r\n"), {
            [line("AT+CMGS=5"), Token::Prompt, line("0011"), line("+CMGS: 7")]
        });
        assert_eq!(tokens(b"a > b\r\n>x\r\n>\r\n"), [line("a > b"), line(">x"), line(">")]);
        let long = [b"A".repeat(5000), b"\r\nOK\r\n".to_vec()].concat();
        assert_eq!(tokens(&long), [line(&"A".repeat(LINE_OCTETS)), line("OK")]);
    }

    #[test]
    fn only_declared_prefixes_are_answers() {
        let expected = Some(Expected { echo: "AT+CPMS?", prefixes: &["+CPMS:"] });
        let lines = ["AT+CPMS?", "+CMTI: \"SM\",3", "+CPMS: \"SM\",1,10", "^RSSI: 12", "OK"];
        assert_eq!(sorted(&lines, expected), {
            [
                Sorted::Unsolicited(line(lines[1], None)),
                Sorted::Answer(line(lines[2], None)),
                Sorted::Unsolicited(line(lines[3], None)),
                Sorted::Final(Ok(())),
            ]
        });
        let name = Some(Expected { echo: "", prefixes: &[""] });
        assert_eq!(sorted(&["SIM7600CE", "^BOOT: 1"], name), {
            [Sorted::Answer(line("SIM7600CE", None)), Sorted::Unsolicited(line("^BOOT: 1", None))]
        });
    }

    #[test]
    fn a_pdu_finds_its_header_across_other_lines() {
        let expected = Some(Expected { echo: "", prefixes: &["+CMGR:"] });
        let lines = ["+CMGR: 0,,24", "^RSSI: 3", "+CMT: ,20", "0011", "0022", "OK"];
        assert_eq!(sorted(&lines, expected), {
            [
                Sorted::Unsolicited(line("^RSSI: 3", None)),
                Sorted::Unsolicited(line("+CMT: ,20", Some("0011"))),
                Sorted::Answer(Line { apart: true, ..line("+CMGR: 0,,24", Some("0022")) }),
                Sorted::Final(Ok(())),
            ]
        });
        assert_eq!(sorted(&["+CDS: ,25", "0A0B"], None), [Sorted::Unsolicited(line("+CDS: ,25", Some("0A0B")))]);
    }

    #[test]
    fn finals_carry_their_code() {
        let result = |text: &str| final_result(text);
        assert_eq!(result("+CMS ERROR: 500"), Some(Err(SubmitError::Cms(500))));
        assert_eq!(result("+CME ERROR: 10"), Some(Err(SubmitError::Cme(10))));
        assert_eq!(result("+CME ERROR: SIM busy"), Some(Err(SubmitError::Text("SIM busy".into()))));
        assert_eq!((result("NO CARRIER"), result("OKAY")), (None, None));
    }

    #[test]
    fn values_keep_commas_in_quotes() {
        let values = line("+COPS: 0,0,\"A, B\",7", None).values();
        assert_eq!(values, ["0", "0", "A, B", "7"]);
        assert_eq!(line("+CMTI: \"SM\", 12", None).number(1), Some(12));
        assert_eq!(line("+CMTI: \"SM\",99999", None).number(1), None);
    }
    #[test]
    fn any_octets_are_sorted_without_a_panic_and_with_bounds() {
        let pieces: [&[u8]; 14] = [
            b"\r",
            b"\n",
            b"> ",
            b"+CMGR: ",
            b"+CMT: ,",
            b"+CMTI: \"SM\",",
            b"1,",
            b"\"",
            b"0A0B",
            b"OK",
            b"\xE5",
            b"\0",
            b"+CMS ERROR: ",
            b"70000",
        ];
        let mut seed = 5u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % below
        };
        let (mut digester, mut sorter, mut answers) = (Digester::default(), Sorter::default(), 0);
        for _ in 0..100_000 {
            for octet in pieces[next(pieces.len())] {
                let Some(Token::Line(text)) = digester.push(*octet) else { continue };
                let expected = Expected { echo: "OK1,", prefixes: &["+CMGR:"] };
                match sorter.sort(text, Some(expected).filter(|_| next(2) == 0)) {
                    Sorted::Answer(line) | Sorted::Unsolicited(line) => {
                        answers += usize::from(line.number(1).is_some() || line.pdu.is_some());
                    }
                    Sorted::Final(_) => drop(sorter.without_pdu()),
                    Sorted::Nothing => {}
                }
                assert!(sorter.open.len() <= OPEN_HEADERS);
            }
        }
        assert!(answers > 100, "{answers}");
    }
}
