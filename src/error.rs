//! The few outcomes that every channel can translate: a status and page on web and WAP, a sentence by SMS, a JSON
//! error in the API. Codecs have errors of their own, with field and offset.

use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No such page, record or verb.
    NotFound,
    /// Was there once, and is not any more.
    Gone,
    /// Known, but not for this person.
    Denied,
    /// What was sent is wrong: the field, and why in a sentence for people.
    Invalid { field: String, why: String },
    /// It contradicts what is there already.
    Conflict(String),
    /// The box or its disk is full; what is acknowledged stays.
    Full,
    /// A limit in time; later it may work.
    Busy,
    /// Our fault: logged whole, shown as one fixed sentence.
    Internal(String),
}

impl Error {
    pub fn invalid(field: &str, why: impl Into<String>) -> Error {
        Error::Invalid { field: field.to_owned(), why: why.into() }
    }

    pub fn internal(what: impl fmt::Display) -> Error {
        Error::Internal(what.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound => f.write_str("not found"),
            Error::Gone => f.write_str("gone"),
            Error::Denied => f.write_str("denied"),
            Error::Invalid { field, why } => write!(f, "{field}: {why}"),
            Error::Conflict(why) => f.write_str(why),
            Error::Full => f.write_str("storage full"),
            Error::Busy => f.write_str("busy"),
            Error::Internal(why) => write!(f, "internal: {why}"),
        }
    }
}

impl std::error::Error for Error {}
