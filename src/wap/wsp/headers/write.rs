//! Our headers, in the shortest form that every phone reads: numbers of version 1.1, words as text where there is none.

use super::super::codes;
use super::super::octets::push_uintvar;
use super::super::pdu::Method;
use crate::clock::Time;

/// The headers of a reply as they grow.
pub struct Head(Vec<u8>);

impl Head {
    /// The content type, without its name; a reply without a body has none, and says so as data of no kind.
    pub fn new(content_type: &str) -> Head {
        let mut head = Head(Vec::with_capacity(48));
        let mut parts = content_type.split(';').map(str::trim);
        let media = parts.next().unwrap_or("").to_ascii_lowercase();
        let charset = parts.find_map(|part| part.strip_prefix("charset=")).map(|name| name.trim_matches('"'));
        let number = codes::number_of_type(&media);
        let Some(charset) = charset.and_then(|name| codes::number_of_charset(&name.to_ascii_lowercase())) else {
            match number {
                Some(number) => head.0.push(number | 0x80),
                None => head.text(&media),
            }
            return head;
        };
        let mut value = Head(Vec::new());
        match number {
            Some(number) => value.0.push(number | 0x80),
            None => value.text(&media),
        }
        value.0.push(codes::CHARSET | 0x80);
        value.integer(charset.into());
        head.data(&value.0);
        head
    }

    pub fn into_octets(self) -> Vec<u8> {
        self.0
    }

    /// A field of HTTP; one that has no meaning to a phone is left out.
    pub fn field(&mut self, name: &str, value: &str) {
        match name {
            "content-length" | "age" => {
                if let Ok(number) = value.parse() {
                    self.name(name);
                    self.integer(number);
                }
            }
            "cache-control" => value.split(',').for_each(|part| self.cache_control(part.trim())),
            "content-encoding" => {
                if let Some(number) = codes::CODINGS.iter().position(|coding| *coding == value) {
                    self.name(name);
                    self.0.push(number as u8 | 0x80);
                }
            }
            // One field for each, by its number (WAP-230, 8.4.2.7).
            "allow" => {
                let methods = value.split(',').filter_map(|method| Method::named(method.trim()));
                methods.for_each(|method| {
                    self.name(name);
                    self.integer((method as u8).into());
                });
            }
            "etag" | "location" if !value.is_empty() => {
                self.name(name);
                self.text(value);
            }
            _ => {}
        }
    }

    /// Seconds since 1970, as the encoding has them.
    pub fn date(&mut self, name: &str, time: Time) {
        if let Ok(seconds) = u64::try_from(time.0 / 1000) {
            self.name(name);
            self.long(seconds);
        }
    }

    fn name(&mut self, name: &str) {
        match codes::number_of(name) {
            Some(number) => self.0.push(number | 0x80),
            None => self.text(name),
        }
    }

    fn cache_control(&mut self, directive: &str) {
        let value: &[u8] = match directive {
            "no-cache" => &[0x80],
            "no-store" => &[0x81],
            _ => {
                let Some(seconds) = directive.strip_prefix("max-age=").and_then(|number| number.parse().ok()) else {
                    return;
                };
                let mut value = Head(vec![0x82]);
                value.integer(seconds);
                self.name("cache-control");
                return self.data(&value.0);
            }
        };
        self.name("cache-control");
        self.0.extend(value);
    }

    fn integer(&mut self, number: u64) {
        match u8::try_from(number) {
            Ok(short @ ..=0x7F) => self.0.push(short | 0x80),
            _ => self.long(number),
        }
    }

    fn long(&mut self, number: u64) {
        let octets = number.to_be_bytes();
        let zeros = octets.iter().take_while(|octet| **octet == 0).count().min(7);
        self.0.push(8 - zeros as u8);
        self.0.extend(&octets[zeros..]);
    }

    fn text(&mut self, text: &str) {
        if text.as_bytes().first().is_some_and(|first| *first >= 0x80) {
            self.0.push(0x7F);
        }
        // A NUL would end the text early.
        self.0.extend(text.bytes().filter(|octet| *octet != 0));
        self.0.push(0);
    }

    fn data(&mut self, data: &[u8]) {
        match u8::try_from(data.len()) {
            Ok(short @ ..=0x1E) => self.0.push(short),
            _ => {
                self.0.push(0x1F);
                push_uintvar(&mut self.0, data.len() as u32);
            }
        }
        self.0.extend(data);
    }
}
