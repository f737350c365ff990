//! WBXML of WML 1.1 to 1.3, SI 1.0 and SL 1.0 back to what it says: events, or XML text.
//!
//! Whatever is no such document is refused with the octet where it goes wrong. A string table makes a small document large
//! when it is read; what comes out is bounded as well as what goes in. Not here: code pages other than 0, processing
//! instructions, the extensions without a meaning in WML.

mod octets;

use std::fmt;

use super::tokens::{self, Language, WITH_ATTRIBUTES, WITH_CONTENT};
use super::wbxml::Conversion;
use octets::{Octets, is_piece};

/// As much as `compile` takes.
const DOCUMENT_MAX: usize = 64 * 1024;
/// Of all texts that come out of it.
const TEXT_MAX: usize = 256 * 1024;
const DEPTH_MAX: usize = 64;
/// Of one element; WML has twelve at most.
const ATTRIBUTES_MAX: usize = 64;

/// Why octets are no document, and the octet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub at: usize,
    pub why: &'static str,
}

type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Variable(String, Conversion),
}

/// What a document says, in its order. An element that has content is closed later, another at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Open { name: String, attributes: Vec<(String, Vec<Piece>)>, content: bool },
    Piece(Piece),
    Close(String),
}

/// Tells `told` what the document says; what was told before an error is to be forgotten.
pub fn read(octets: &[u8], told: &mut dyn FnMut(Event)) -> Result<&'static Language> {
    if octets.len() > DOCUMENT_MAX {
        return Err(Error { at: DOCUMENT_MAX, why: "a document too large" });
    }
    let mut octets = Octets::new(octets);
    let language = octets.head()?;
    let mut open: Vec<String> = Vec::new();
    loop {
        let at = octets.at();
        let token = octets.next()?;
        match token {
            tokens::END => {
                let Some(name) = open.pop() else { return Err(Error { at, why: "an end without a begin" }) };
                told(Event::Close(name));
            }
            _ if !open.is_empty() && is_piece(token) => told(Event::Piece(octets.piece(token)?)),
            0x00 => octets.page()?,
            _ if open.len() == DEPTH_MAX => return Err(Error { at, why: "too many elements in one another" }),
            _ => {
                let name = octets.tag(language, token & !(WITH_ATTRIBUTES | WITH_CONTENT))?;
                if open.is_empty() && name != language.root {
                    return Err(Error { at, why: "another root element than the language's" });
                }
                let attributes = match token & WITH_ATTRIBUTES {
                    0 => Vec::new(),
                    _ => octets.attributes(language)?,
                };
                let content = token & WITH_CONTENT != 0;
                if content {
                    open.push(name.clone());
                }
                told(Event::Open { name, attributes, content });
            }
        }
        if open.is_empty() && token != 0x00 {
            break;
        }
    }
    if !octets.is_end() {
        return octets.wrong("more after the root element");
    }
    Ok(language)
}

/// The document as XML text, with variables and references as a compiler reads them.
pub fn xml(octets: &[u8]) -> Result<String> {
    let mut body = String::new();
    let mut is_wml = true;
    // The root says first which language it is.
    let mut tell = |event: Event| match event {
        Event::Open { name, attributes, content } => {
            is_wml = is_wml && !matches!(name.as_str(), "si" | "sl");
            body.push('<');
            body.push_str(&name);
            for (name, pieces) in &attributes {
                body.push(' ');
                body.push_str(name);
                body.push_str("=\"");
                let doubles = is_wml && Conversion::of(name).is_some();
                pieces.iter().for_each(|piece| write(&mut body, piece, doubles, true));
                body.push('"');
            }
            body.push_str(if content { ">" } else { "/>" });
        }
        Event::Piece(piece) => write(&mut body, &piece, is_wml, false),
        Event::Close(name) => {
            body.push_str("</");
            body.push_str(&name);
            body.push('>');
        }
    };
    let language = read(octets, &mut tell)?;
    let Language { root, formal, system, .. } = language;
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE {root} PUBLIC \"{formal}\" \"{system}\">\n{body}\n"
    ))
}

fn write(out: &mut String, piece: &Piece, doubles: bool, is_value: bool) {
    match piece {
        Piece::Variable(name, conversion) => {
            let (_, named) = Conversion::ALL[*conversion as usize];
            out.push_str(&format!("$({name}:{named})"));
        }
        Piece::Text(text) => {
            for c in text.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '"' => out.push_str("&quot;"),
                    '$' if doubles => out.push_str("$$"),
                    '\r' => out.push_str("&#13;"),
                    '\n' | '\t' if is_value => out.push_str(&format!("&#{};", c as u32)),
                    c => out.push(c),
                }
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {}: {}", self.at, self.why)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
