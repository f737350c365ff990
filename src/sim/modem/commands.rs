//! Command lines: how they fall apart (ITU-T V.250, 5.4), and what the simulated modem says of its commands to programs that
//! ask before they use them (3GPP TS 27.007, 5; TS 27.005, 3). Pure.

/// What other programs ask about commands before they use them.
pub const TESTS: &[(&str, &str)] = &[
    ("+CMGF", "+CMGF: (0,1)"),
    ("+CNMI", "+CNMI: (0-3),(0-2),(0,2),(0-2),(0,1)"),
    ("+CPMS", "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")"),
    ("+CSMS", "+CSMS: (0,1)"),
    ("+CMMS", "+CMMS: (0-2)"),
    ("+CMGL", "+CMGL: (0-4)"),
    ("+CMGD", "+CMGD: (1-30),(0-4)"),
    ("+CSCS", "+CSCS: (\"GSM\",\"IRA\",\"UCS2\")"),
    ("+CREG", "+CREG: (0-2)"),
    ("+CMEE", "+CMEE: (0-2)"),
    ("+CFUN", "+CFUN: (0,1,4),(0,1)"),
    ("+CPIN", "+CPIN: (\"READY\",\"SIM PIN\",\"SIM PUK\")"),
    ("+CSCA", ""),
    ("+CMGS", ""),
    ("+CMGR", ""),
    ("+CPBS", "+CPBS: (\"SM\")"),
];

/// The commands of a line: letters of V.250 with their number one after the other, the others until a semicolon.
pub fn split(line: &str) -> Vec<String> {
    let (mut out, mut rest) = (Vec::new(), line.trim());
    while let Some(first) = rest.chars().next() {
        let is_basic = first.is_ascii_alphabetic() || first == '&';
        let length = if is_basic && !rest.get(..1).is_some_and(|letter| letter.eq_ignore_ascii_case("D")) {
            basic_length(rest)
        } else {
            extended_length(rest)
        };
        out.push(rest[..length].trim().to_owned());
        rest = rest[length..].trim_start().trim_start_matches(';').trim_start();
    }
    if out.is_empty() { vec![String::new()] } else { out }
}

fn basic_length(rest: &str) -> usize {
    let letters =
        rest.find(|c: char| c != '&').map_or(rest.len(), |at| at + rest[at..].chars().next().map_or(0, char::len_utf8));
    let is_register = rest[..letters].eq_ignore_ascii_case("S");
    let goes_on = |c: char| c.is_ascii_digit() || is_register && (c == '=' || c == '?');
    rest[letters..].find(|c| !goes_on(c)).map_or(rest.len(), |at| letters + at)
}

fn extended_length(rest: &str) -> usize {
    let mut quoted = false;
    let ends = |c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    };
    rest.find(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_v250_has_it() {
        assert_eq!(split("E0V1Q0+CMEE=1;+CPMS=\"S;M\";I"), ["E0", "V1", "Q0", "+CMEE=1", "+CPMS=\"S;M\"", "I"]);
        assert_eq!(split("&F&C1S0=0"), ["&F", "&C1", "S0=0"]);
        assert_eq!((split(""), split("字;+é")), (vec![String::new()], vec!["字".to_owned(), "+é".to_owned()]));
    }
}
