//! What strace writes (`-f -y -xx -o file`), line by line: system calls with their arguments as text. Pure.
//!
//! A line is begun when the call is entered and ended when it has returned; if another thread's line comes between, it stands
//! in two pieces, `<unfinished ...>` and `<... name resumed>`. The order of the lines is the order in which strace held
//! the threads, so whatever a thread did because another's call had returned stands behind it. Not here: what calls do.

use std::collections::HashMap;

/// A call that has returned.
#[derive(Debug, PartialEq)]
pub struct Call {
    /// How many calls had returned when this one was entered.
    pub began: usize,
    pub name: String,
    pub arguments: Vec<String>,
    pub result: i64,
}

impl Call {
    fn taken_as_done(mut self) -> Call {
        let written = self.arguments.get(2).and_then(|count| integer(count)).filter(|_| self.name.contains("write"));
        self.result = written.unwrap_or(0);
        self
    }
}

pub enum Line {
    /// Other threads' lines follow before this call returns.
    Entered {
        name: String,
        arguments: Vec<String>,
    },
    Returned(Call),
}

/// Puts the pieces of lines together.
#[derive(Default)]
pub struct Reader {
    unfinished: HashMap<String, (usize, String)>,
    /// Returned to nobody: the process had come to its end.
    cut_off: Vec<Call>,
    returned: usize,
}

impl Reader {
    pub fn line(&mut self, line: &str) -> Option<Line> {
        let (thread, text) = line.split_once(' ').unwrap_or_else(|| panic!("no line of strace's: {line}"));
        let text = text.trim_start();
        if text.starts_with("---") || text.starts_with("+++") {
            return None;
        }
        if let Some(begun) = text.strip_suffix("<unfinished ...>") {
            let before = self.unfinished.insert(thread.to_owned(), (self.returned, begun.to_owned()));
            assert!(before.is_none(), "two calls of one thread: {line}");
            let (name, arguments, _) = split(begun.trim_end());
            return Some(Line::Entered { name, arguments });
        }
        let (began, whole) = match text.strip_prefix("<... ") {
            Some(resumed) => {
                let (_, rest) = resumed.split_once(" resumed>").unwrap_or_else(|| panic!("no resumed call: {line}"));
                let (began, begun) = self.unfinished.remove(thread).unwrap_or_else(|| panic!("never begun: {line}"));
                (began, begun + rest)
            }
            None => (self.returned, text.to_owned()),
        };
        let (name, arguments, rest) = split(&whole);
        let Some(result) = result(rest) else {
            self.cut_off.push(Call { began, name, arguments, result: 0 });
            return None;
        };
        self.returned += 1;
        Some(Line::Returned(Call { began, name, arguments, result }))
    }

    /// The calls in which the process came to its end, as if they had been done: nobody saw whether they were. Syncs are
    /// not among them.
    pub fn unfinished(self) -> Vec<Call> {
        let pieces = self.unfinished.into_values().map(|(began, text)| {
            let (name, arguments, _) = split(text.trim_end());
            Call { began, name, arguments, result: 0 }
        });
        pieces.chain(self.cut_off).filter(|call| !call.name.contains("sync")).map(Call::taken_as_done).collect()
    }
}

/// The octets of a string argument; a string that strace cut short would be a hole in the trace.
pub fn octets(argument: &str) -> Vec<u8> {
    let inner = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    unescape(inner.unwrap_or_else(|| panic!("not a whole string: {argument:.80}")))
}

/// A path argument.
pub fn path(argument: &str) -> String {
    String::from_utf8(octets(argument)).expect("paths are UTF-8 here")
}

/// The number of a descriptor and where it leads to: `3<\x2f…>`, `AT_FDCWD<\x2f…>`, or `0x3` in a call shown raw.
pub fn descriptor(argument: &str) -> (Option<i32>, Option<String>) {
    let (number, place) = match argument.split_once('<') {
        Some((number, place)) => (number, place.split('>').next()),
        None => (argument, None),
    };
    let place = place.map(|place| String::from_utf8(unescape(place)).expect("paths are UTF-8 here"));
    (integer(number).and_then(|number| i32::try_from(number).ok()), place)
}

pub fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The octets of `[{iov_base="…", iov_len=1}, …]`.
pub fn gathered(argument: &str) -> Vec<u8> {
    let strings = argument.split("iov_base=").skip(1);
    strings.flat_map(|rest| octets(rest.split(", iov_len").next().unwrap_or(""))).collect()
}

/// Name, arguments, and what follows the closing parenthesis. Strings are all `\x..`, so that only brackets count.
fn split(text: &str) -> (String, Vec<String>, &str) {
    let (name, rest) = text.split_once('(').unwrap_or_else(|| panic!("no call: {text:.200}"));
    let mut arguments = Vec::new();
    let (mut depth, mut from) = (0, 0);
    let mut end = rest.len();
    for (place, octet) in rest.bytes().enumerate() {
        match octet {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                end = place;
                break;
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                arguments.push(rest[from..place].trim().to_owned());
                from = place + 1;
            }
            _ => {}
        }
    }
    let last = rest[from..end].trim();
    if !last.is_empty() {
        arguments.push(last.to_owned());
    }
    (name.to_owned(), arguments, rest.get(end + 1..).unwrap_or(""))
}

/// Behind the `=`: a number, perhaps with the path it opened or the name of the error; `?` where there was no return.
fn result(rest: &str) -> Option<i64> {
    let value = rest.trim_start().strip_prefix('=').unwrap_or_else(|| panic!("no result: {rest:.200}")).trim_start();
    let number = value.split(['<', ' ']).next().unwrap_or("");
    if number == "?" { None } else { Some(integer(number).unwrap_or_else(|| panic!("no result: {rest:.200}"))) }
}

/// `\x61\x62`: all of it, always four characters for an octet.
fn unescape(text: &str) -> Vec<u8> {
    let digit = |octet: u8| (octet as char).to_digit(16);
    let octet = |escaped: &[u8]| match escaped {
        [b'\\', b'x', high, low] => digit(*high).zip(digit(*low)).map(|(high, low)| (high * 16 + low) as u8),
        _ => None,
    };
    let octets: Option<Vec<u8>> = text.as_bytes().chunks(4).map(octet).collect();
    octets.unwrap_or_else(|| panic!("not all in escapes: {text:.200}"))
}

#[test]
fn a_call_in_one_line() {
    let mut reader = Reader::default();
    let line = r#"57  pwrite64(3<\x2f\x61>, "\x28\x2c\x22", 3, 4096) = 3"#;
    let Some(Line::Returned(call)) = reader.line(line) else { panic!("not whole") };
    assert_eq!((call.name.as_str(), call.result, call.began), ("pwrite64", 3, 0));
    assert_eq!(octets(&call.arguments[1]), b"(,\"");
    assert_eq!(descriptor(&call.arguments[0]), (Some(3), Some("/a".to_owned())));
    assert_eq!(descriptor(r"AT_FDCWD<\x2f\x61>"), (None, Some("/a".to_owned())));
    assert_eq!(descriptor("0x1f"), (Some(31), None));
    assert_eq!(gathered(r#"[{iov_base="\x78", iov_len=1}, {iov_base="\x79\x79", iov_len=2}]"#), b"xyy");
}

#[test]
fn a_call_in_pieces_began_when_it_was_entered() {
    let mut reader = Reader::default();
    let lines = [
        r"1  fsync(3<\x2f\x61> <unfinished ...>",
        r#"2  write(4<\x2f\x62>, "\x78", 1) = 1"#,
        "2  --- SIGCHLD {si_signo=SIGCHLD} ---",
        r#"2  openat(AT_FDCWD<\x2f>, "\x63", O_RDONLY) = -1 ENOENT (No such file or directory)"#,
        r"1  <... fsync resumed>)              = 0",
        r"2  fdatasync(4<\x2f\x62> <unfinished ...>",
        r#"3  pwrite64(4<\x2f\x62>, "\x78", 1, 0) = ?"#,
        "1  +++ killed by SIGKILL +++",
    ];
    let calls: Vec<_> = lines
        .iter()
        .filter_map(|line| match reader.line(line) {
            Some(Line::Returned(call)) => Some((call.name, call.began, call.result)),
            _ => None,
        })
        .collect();
    let expected = [("write", 0, 1), ("openat", 1, -1), ("fsync", 0, 0)];
    assert_eq!(calls, expected.map(|(name, began, result)| (name.to_owned(), began, result)));
    let unfinished = reader.unfinished().into_iter().map(|call| (call.name, call.began, call.result));
    let expected = [("pwrite64", 3, 1)];
    assert!(unfinished.eq(expected.map(|(name, began, result)| (name.to_owned(), began, result))));
}

#[test]
#[should_panic(expected = "not a whole string")]
fn a_string_cut_short_is_refused() {
    octets(r#""\x61"..."#);
}
