//! TPDUs as AT lines carry them: hexadecimal digits with the service centre's address in front (3GPP TS 27.005, 3.1).

use super::PduError;

/// The TPDU of the line after `+CMGR:`, `+CMGL:`, `+CMT:` or `+CDS:`: hexadecimal digits, the service centre's address
/// first, its own length octet counting octets (27.005, 3.1).
pub fn tpdu_of_line(line: &str) -> Result<Vec<u8>, PduError> {
    let octets = octets_of_hex(line)?;
    let centre = usize::from(*octets.first().ok_or(PduError { field: "SCA", offset: 0, why: "missing" })?);
    match octets.get(1 + centre..) {
        Some(tpdu) if centre <= 12 => Ok(tpdu.to_vec()),
        _ => Err(PduError { field: "SCA", offset: 0, why: "longer than an address or than the line" }),
    }
}

/// What is after `AT+CMGS=<octets>`: an empty service centre address (the SIM's is used), then the TPDU.
pub fn line_of_tpdu(tpdu: &[u8]) -> String {
    format!("00{}", hex_of_octets(tpdu))
}

/// Octets as upper-case hexadecimal digits.
pub fn hex_of_octets(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(*octet)]).collect()
}

/// Octets of hexadecimal digits, blanks around them allowed.
pub fn octets_of_hex(line: &str) -> Result<Vec<u8>, PduError> {
    let digits = line.trim().as_bytes();
    if !digits.len().is_multiple_of(2) {
        return Err(PduError { field: "hexadecimal", offset: digits.len() / 2, why: "half an octet at the end" });
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).map(|n| n as u8);
    let octet = |(n, pair): (usize, &[u8])| match (nibble(pair[0]), nibble(pair[1])) {
        (Some(high), Some(low)) => Ok(high << 4 | low),
        _ => Err(PduError { field: "hexadecimal", offset: n, why: "not a digit" }),
    };
    digits.chunks_exact(2).enumerate().map(octet).collect()
}
