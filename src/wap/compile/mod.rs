//! XML of WML 1.1 to 1.3, SI 1.0 and SL 1.0 to WBXML: text in, octets out, or where in the text it is wrong and why.
//!
//! The prologue is read here: character set (RFC 3023's order: what HTTP said, then the document), DOCTYPE, size; elements
//! and texts are `body`'s. No entity of an internal subset is known, so none can grow. What is not well-formed is never
//! compiled and never passed on; what is well-formed but not valid is compiled as it stands, as phones expect it.

mod body;

use std::fmt;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::events::Event;

use super::charset;
use super::tokens::{self, Language};
use super::wbxml::VERSION;
use body::Body;

/// Far more than a phone takes, and four times the deck at which Kannel gives up.
const DOCUMENT_MAX: usize = 64 * 1024;
/// How far the declaration may reach in which the character set is named.
const DECLARATION_MAX: usize = 200;

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    TooLarge,
    TooDeep,
    TooManyNames,
    Charset(String),
    /// Octets that are no text in its character set.
    Octets(&'static str),
    /// A DOCTYPE or root element of another language.
    Language(String),
    NotWellFormed(String),
    Entity(String),
    /// `$` that begins no variable (WAP-191, 10.3).
    Variable,
    /// A date of SI that is none (WAP-167, 5.2).
    Date,
}

/// Where a document is wrong: counted from 1, in characters; for `Octets` in octets of the first line's beginning on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub line: usize,
    pub column: usize,
    pub why: Why,
}

type Result<T> = std::result::Result<T, Error>;

/// What goes wrong in a place that knows its octet only.
struct Wrong {
    at: usize,
    why: Why,
}

/// The document in WBXML. `charset` is what HTTP said about it.
pub fn compile(document: &[u8], charset: Option<&str>) -> Result<Vec<u8>> {
    compile_for(document, charset, VERSION)
}

/// As above, with the version of WBXML that the phone can take (1.1 is 0x01).
pub fn compile_for(document: &[u8], charset: Option<&str>, version: u8) -> Result<Vec<u8>> {
    let nowhere = |why| Error { line: 1, column: 1, why };
    if document.len() > DOCUMENT_MAX {
        return Err(nowhere(Why::TooLarge));
    }
    let (encoding, document) = encoding(document, charset).map_err(nowhere)?;
    let text = match UTF_8.decode_without_bom_handling_and_without_replacement(document) {
        Some(text) if encoding == UTF_8 => text,
        _ => charset::decode(document, encoding)
            .map_err(|at| Error { line: 1, column: at + 1, why: Why::Octets(encoding.name()) })?
            .into(),
    };
    // XML 1.0, 2.11: a parser sees one kind of line end.
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text };
    read(&text, version).map_err(|wrong| placed(&text, wrong))
}

fn read(text: &str, version: u8) -> std::result::Result<Vec<u8>, Wrong> {
    let octets = text.as_bytes();
    let is_control = |octet: u8| (octet < b' ') & (octet != b'\t') & (octet != b'\n');
    // U+FFFE and U+FFFF.
    let is_none = |three: &[u8]| (three[0] == 0xEF) & (three[1] == 0xBF) & (three[2] >= 0xBE);
    // Without a way out of a loop it takes many octets at a time.
    if octets.iter().fold(false, |found, octet| found | is_control(*octet))
        || octets.windows(3).fold(false, |found, three| found | is_none(three))
    {
        let at = text.char_indices().find(|(_, c)| !charset::is_char(*c)).map_or(0, |(at, _)| at);
        return Err(Wrong { at, why: Why::NotWellFormed("a character that XML does not have".into()) });
    }
    let mut reader = quick_xml::Reader::from_str(text);
    let mut language = None;
    let mut body: Option<Body> = None;
    loop {
        let at = reader.buffer_position() as usize;
        let wrong = |why| Wrong { at, why };
        let unwell = |why: &str| wrong(Why::NotWellFormed(why.into()));
        let event = reader.read_event();
        let event = event.map_err(|error| Wrong {
            at: reader.error_position() as usize,
            why: Why::NotWellFormed(error.to_string()),
        })?;
        let (event, is_empty) = match event {
            Event::Empty(start) => (Event::Start(start), true),
            event => (event, false),
        };
        match (event, body.as_mut()) {
            (Event::DocType(doctype), None) => language = Some(of_doctype(&doctype).map_err(wrong)?),
            (Event::Start(root), None) => {
                let language = match language.or_else(|| of_root(root.name().as_ref())) {
                    Some(language) if language.root == root.name().as_ref() => language,
                    _ => return Err(wrong(Why::Language(root.name().as_ref().into()))),
                };
                body.insert(Body::new(language)).start(root, is_empty).map_err(wrong)?;
            }
            (Event::Start(_), Some(body)) if body.is_closed() => return Err(unwell("a second root element")),
            (Event::Start(start), Some(body)) => body.start(start, is_empty).map_err(wrong)?,
            (Event::End(_), Some(body)) => body.end().map_err(wrong)?,
            (Event::Text(text), Some(body)) if !body.is_closed() => body.text(&text, false).map_err(wrong)?,
            (Event::CData(text), Some(body)) if !body.is_closed() => body.text(&text, true).map_err(wrong)?,
            (Event::GeneralRef(name), Some(body)) if !body.is_closed() => body.reference(&name).map_err(wrong)?,
            (Event::Text(text), _) if text.trim_matches(is_blank).is_empty() => {}
            (Event::Comment(_) | Event::PI(_), _) => {}
            (Event::Decl(_), None) if at == 0 => {}
            (Event::Eof, Some(body)) if body.is_closed() => break,
            (Event::Eof, _) => return Err(unwell("it ends before its root element does")),
            _ => return Err(unwell("this has no place here")),
        }
    }
    // The loop ends behind a root only.
    Ok(body.map_or_else(Vec::new, |body| body.document(version)))
}

/// The characters that XML takes for blank (XML 1.0, 2.3).
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// In which character set the document is, and what of it stands behind a byte order mark.
fn encoding<'d>(document: &'d [u8], said: Option<&str>) -> std::result::Result<(&'static Encoding, &'d [u8]), Why> {
    if let Some((encoding, mark)) = Encoding::for_bom(document) {
        return Ok((encoding, &document[mark..]));
    }
    if let Some(encoding) = said.and_then(charset::of_name) {
        return Ok((encoding, document));
    }
    if document.starts_with(&[0, b'<']) {
        return Ok((encoding_rs::UTF_16BE, document));
    }
    if document.starts_with(&[b'<', 0]) {
        return Ok((encoding_rs::UTF_16LE, document));
    }
    let Some(name) = declared(&document[..document.len().min(DECLARATION_MAX)]) else {
        return Ok((UTF_8, document));
    };
    charset::of_name(&name).map(|encoding| (encoding, document)).ok_or(Why::Charset(name))
}

/// `<?xml version="1.0" encoding="gb2312"?>`
fn declared(begin: &[u8]) -> Option<String> {
    let declaration = begin.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..declaration.windows(2).position(|octets| octets == b"?>")?];
    let declaration = String::from_utf8_lossy(declaration);
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start_matches(is_blank).strip_prefix('=')?.trim_start_matches(is_blank);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(name, _)| name.to_owned())
}

/// `wml PUBLIC "-//WAPFORUM//DTD WML 1.1//EN" "…"`; makers of phones have their own, which name the version they extend.
fn of_doctype(doctype: &str) -> std::result::Result<&'static Language, Why> {
    let public = doctype.split(['"', '\'']).nth(1).unwrap_or("");
    let languages = tokens::languages().iter();
    let extended = |language: &&Language| {
        let version = language.formal.trim_start_matches("-//WAPFORUM//DTD ").trim_end_matches("//EN");
        public.contains(version)
    };
    let known =
        languages.clone().find(|language| language.formal == public).or_else(|| languages.clone().find(extended));
    known.ok_or_else(|| Why::Language(public.to_owned()))
}

/// Without a DOCTYPE it is taken for what every phone reads.
fn of_root(name: &str) -> Option<&'static Language> {
    tokens::languages().iter().find(|language| language.root == name)
}

fn placed(text: &str, Wrong { at, why }: Wrong) -> Error {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|octet| **octet == b'\n').count() + 1;
    let begin = before.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1);
    Error { line, column: String::from_utf8_lossy(&before[begin..]).chars().count() + 1, why }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.why)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::TooLarge => write!(f, "a document of more than {DOCUMENT_MAX} octets"),
            Why::TooDeep => write!(f, "more than {} elements in one another", body::DEPTH_MAX),
            Why::TooManyNames => {
                write!(f, "more than {} names that the language does not have, or attributes", body::NAMES_MAX)
            }
            Why::Charset(name) => write!(f, "the character set {name:?} is not known"),
            Why::Octets(name) => write!(f, "this is not {name}"),
            Why::Language(name) => write!(f, "{name:?} is not WML 1.1 to 1.3, SI 1.0 or SL 1.0"),
            Why::NotWellFormed(why) => f.write_str(why),
            Why::Entity(name) => write!(f, "the entity &{name}; is not known"),
            Why::Variable => f.write_str("a $ that begins no variable: write $$ for the sign"),
            Why::Date => f.write_str("a date is written 2009-06-01T08:30:00Z"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
