//! The octets of a document one after the other: numbers, strings, names, attributes.

use encoding_rs::Encoding;

use super::super::charset::{self, is_char, is_name};
use super::super::tokens::{self, Language};
use super::super::wbxml::Conversion;
use super::{ATTRIBUTES_MAX, Error, Piece, Result, TEXT_MAX};

pub(super) fn is_piece(token: u8) -> bool {
    matches!(token, tokens::ENTITY | tokens::STR_I | tokens::STR_T | tokens::OPAQUE)
        || matches!(token & !0xC0, 0..=2) && matches!(token & 0xC0, tokens::EXT_I | tokens::EXT_T)
}

pub(super) struct Octets<'d> {
    octets: &'d [u8],
    at: usize,
    table: &'d [u8],
    table_at: usize,
    encoding: &'static Encoding,
    /// Octets of text that may still come out.
    room: usize,
}

impl<'d> Octets<'d> {
    pub(super) fn new(octets: &'d [u8]) -> Octets<'d> {
        Octets { octets, at: 0, table: &[], table_at: 0, encoding: encoding_rs::UTF_8, room: TEXT_MAX }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_end(&self) -> bool {
        self.at == self.octets.len()
    }

    pub(super) fn wrong<T>(&self, why: &'static str) -> Result<T> {
        Err(Error { at: self.at, why })
    }

    pub(super) fn next(&mut self) -> Result<u8> {
        let Some(octet) = self.octets.get(self.at) else { return self.wrong("it breaks off") };
        self.at += 1;
        Ok(*octet)
    }

    fn take(&mut self, count: usize) -> Result<&'d [u8]> {
        let Some(taken) = self.octets[self.at..].get(..count) else { return self.wrong("it breaks off") };
        self.at += count;
        Ok(taken)
    }

    /// An `mb_u_int32`.
    fn number(&mut self) -> Result<u32> {
        let (begin, mut value) = (self.at, 0_u64);
        loop {
            let octet = self.next()?;
            value = value << 7 | u64::from(octet & 0x7F);
            if value > u64::from(u32::MAX) || self.at - begin > 5 {
                return Err(Error { at: begin, why: "a number too large" });
            }
            if octet & 0x80 == 0 {
                return Ok(value as u32);
            }
        }
    }

    /// Version, public identifier, character set, string table (WAP-192, 5.4).
    pub(super) fn head(&mut self) -> Result<&'static Language> {
        if !(1..=3).contains(&self.next()?) {
            return Err(Error { at: 0, why: "not WBXML 1.1 to 1.3" });
        }
        let id_at = self.at;
        let id = self.number()?;
        let formal_at = if id == 0 { Some(self.number()?) } else { None };
        let charset_at = self.at;
        let number = self.number()?;
        self.encoding = charset::of_number(number).ok_or(Error { at: charset_at, why: "an unknown character set" })?;
        let length = self.number()? as usize;
        self.table_at = self.at;
        self.table = self.take(length)?;
        let formal = match formal_at {
            Some(offset) => Some(self.entry(offset, id_at)?),
            None => None,
        };
        let is = |language: &&Language| match &formal {
            Some(formal) => language.formal == formal,
            None => u32::from(language.id) == id,
        };
        tokens::languages().iter().find(is).ok_or(Error { at: id_at, why: "not WML 1.1 to 1.3, SI or SL" })
    }

    pub(super) fn page(&mut self) -> Result<()> {
        match self.next()? {
            0 => Ok(()),
            _ => Err(Error { at: self.at - 1, why: "a code page that no such document has" }),
        }
    }

    /// The name of an element whose tag has been read.
    pub(super) fn tag(&mut self, language: &Language, token: u8) -> Result<String> {
        let at = self.at - 1;
        if token == tokens::LITERAL {
            return self.name();
        }
        language.tag_name(token).map(str::to_owned).ok_or(Error { at, why: "a tag that means nothing" })
    }

    /// A name in the string table: one that XML can write.
    fn name(&mut self) -> Result<String> {
        let at = self.at;
        let offset = self.number()?;
        let name = self.entry(offset, at)?;
        if is_name(&name) { Ok(name) } else { Err(Error { at, why: "this is no name" }) }
    }

    pub(super) fn attributes(&mut self, language: &Language) -> Result<Vec<(String, Vec<Piece>)>> {
        let mut attributes: Vec<(String, Vec<Piece>)> = Vec::new();
        loop {
            let at = self.at;
            let token = self.next()?;
            if token == tokens::END {
                return Ok(attributes);
            }
            if token == 0x00 {
                self.page()?;
                continue;
            }
            if is_piece(token) || token >= 0x80 {
                let Some((name, pieces)) = attributes.last_mut() else {
                    return Err(Error { at, why: "a value without attribute" });
                };
                match language.value(token) {
                    Some(text) => self.text(pieces, text.to_owned())?,
                    None if token == tokens::OPAQUE && matches!(name.as_str(), "created" | "si-expires") => {
                        let date = self.date()?;
                        self.text(pieces, date)?;
                    }
                    None if is_piece(token) => {
                        let piece = self.piece(token)?;
                        match piece {
                            Piece::Text(text) => self.text(pieces, text)?,
                            variable => pieces.push(variable),
                        }
                    }
                    None => return Err(Error { at, why: "a value that means nothing" }),
                }
                continue;
            }
            let (name, said) = match token {
                tokens::LITERAL => (self.name()?, ""),
                token => match language.start(token) {
                    Some((name, said)) => (name.to_owned(), said),
                    None => return Err(Error { at, why: "an attribute that means nothing" }),
                },
            };
            if attributes.len() == ATTRIBUTES_MAX {
                return Err(Error { at, why: "too many attributes" });
            }
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err(Error { at, why: "an attribute twice" });
            }
            attributes.push((name, Vec::new()));
            if let Some((_, pieces)) = attributes.last_mut() {
                self.text(pieces, said.to_owned())?;
            }
        }
    }

    /// Texts that follow one another are one.
    fn text(&mut self, pieces: &mut Vec<Piece>, text: String) -> Result<()> {
        match pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(before)) => before.push_str(&text),
            _ => pieces.push(Piece::Text(text)),
        }
        Ok(())
    }

    pub(super) fn piece(&mut self, token: u8) -> Result<Piece> {
        let at = self.at;
        Ok(match token {
            tokens::ENTITY => {
                let c = char::from_u32(self.number()?).filter(|c| is_char(*c));
                self.spend(4)?;
                Piece::Text(c.ok_or(Error { at, why: "this is no character" })?.into())
            }
            tokens::STR_I => Piece::Text(self.string()?),
            tokens::STR_T => {
                let offset = self.number()?;
                Piece::Text(self.entry(offset, at)?)
            }
            // What libwbxml makes of a CDATA section.
            tokens::OPAQUE => {
                let length = self.number()? as usize;
                let begin = self.at;
                let octets = self.take(length)?;
                Piece::Text(self.decoded(octets, begin)?)
            }
            token => {
                let name = match token & 0xC0 {
                    tokens::EXT_I => self.string()?,
                    _ => {
                        let offset = self.number()?;
                        self.entry(offset, at)?
                    }
                };
                let is_variable = name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
                    && name.bytes().next().is_some_and(|octet| !octet.is_ascii_digit());
                if !is_variable {
                    return Err(Error { at, why: "this is no name of a variable" });
                }
                Piece::Variable(name, Conversion::ALL[usize::from(token & 0x03)].0)
            }
        })
    }

    /// `YYYYMMDDhhmmss`, two digits an octet; zero octets at the end are left out (WAP-167, 8.2.2).
    fn date(&mut self) -> Result<String> {
        let at = self.at;
        let length = self.number()? as usize;
        let octets = self.take(length)?;
        let is_date = (4..=7).contains(&length) && octets.iter().all(|octet| octet >> 4 < 10 && octet & 0x0F < 10);
        if !is_date {
            return Err(Error { at, why: "this is no date" });
        }
        let two = |at: usize| format!("{:02x}", octets.get(at).copied().unwrap_or(0));
        let [century, year, month, day, hour, minute, second] = [0, 1, 2, 3, 4, 5, 6].map(two);
        Ok(format!("{century}{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
    }

    /// The string that begins here.
    fn string(&mut self) -> Result<String> {
        let begin = self.at;
        let rest = &self.octets[begin..];
        let Some(length) = end_of(rest, self.encoding) else { return self.wrong("a string without end") };
        self.at += length + width(self.encoding);
        self.decoded(&rest[..length], begin)
    }

    /// The string in the table, asked for at `at`.
    fn entry(&mut self, offset: u32, at: usize) -> Result<String> {
        let outside = Error { at, why: "this is not in the string table" };
        let rest = self.table.get(offset as usize..).filter(|rest| !rest.is_empty()).ok_or(outside.clone())?;
        let length = end_of(rest, self.encoding).ok_or(outside)?;
        self.decoded(&rest[..length], self.table_at + offset as usize)
    }

    fn decoded(&mut self, octets: &[u8], at: usize) -> Result<String> {
        self.spend(octets.len())?;
        let text = charset::decode(octets, self.encoding);
        let text = text.map_err(|wrong| Error { at: at + wrong, why: "this is no text in its character set" })?;
        match text.char_indices().find(|(_, c)| !is_char(*c)) {
            Some((wrong, _)) => Err(Error { at: at + wrong, why: "a character that XML does not have" }),
            None => Ok(text),
        }
    }

    fn spend(&mut self, octets: usize) -> Result<()> {
        match self.room.checked_sub(octets) {
            Some(room) => self.room = room,
            None => return self.wrong("more text than a document has"),
        }
        Ok(())
    }
}

/// Octets of a character that ends a string.
fn width(encoding: &'static Encoding) -> usize {
    let is_wide = encoding == encoding_rs::UTF_16BE || encoding == encoding_rs::UTF_16LE;
    if is_wide { 2 } else { 1 }
}

fn end_of(octets: &[u8], encoding: &'static Encoding) -> Option<usize> {
    let width = width(encoding);
    octets.chunks_exact(width).position(|character| character.iter().all(|octet| *octet == 0)).map(|at| at * width)
}
