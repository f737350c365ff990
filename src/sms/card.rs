//! A company as a business card: as a text, and as a vCard 2.1 for phones of the Smart Messaging kind (port 9204), which
//! put it into their book. `MP` shows the one and `MPK` sends the other, since phones of today show nothing of it.
//!
//! Not here: vCard 3.0 and 4.0, which no such phone reads, and cards that come in.

use super::fields::Ports;
use super::outbox::{self, Class, Wanted};
use super::parts::Kind;
use super::talk::Talk;
use crate::error::Result;
use crate::page::{Path, Tone};
use crate::sites::enterprise;
use crate::store::Tx;
use crate::words;

/// What a card says; only name and phone must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    pub name: String,
    pub phone: String,
    pub org: String,
    pub title: String,
    pub email: String,
    pub url: String,
}

/// Registered with IANA for WAP's vCard. Phones of that time were sent nothing but 0 as the source.
pub const PORTS: Ports = Ports { destination: 9204, source: 0 };
/// Phones refuse longer cards, and networks lose one of many parts.
const SEGMENTS: usize = 2;
/// Octets of a line in quoted-printable (RFC 2045, 6.7), the mark of the break included.
const LINE: usize = 76;

impl Card {
    /// The message, without the fields that it has no room for, the least needed first.
    pub fn kind(&self) -> Kind {
        let mut card = self.clone();
        loop {
            let kind = Kind::Ports { ports: PORTS, octets: card.octets() };
            if kind.segments("") <= SEGMENTS {
                return kind;
            }
            let fields = [&mut card.url, &mut card.email, &mut card.title, &mut card.org];
            match fields.into_iter().find(|field| !field.is_empty()) {
                Some(field) => field.clear(),
                None => return kind,
            }
        }
    }

    /// What it says, a line each.
    pub fn text(&self) -> String {
        let fields = [&self.name, &self.title, &self.org, &self.phone, &self.email, &self.url];
        let lines: Vec<&str> = fields.into_iter().map(String::as_str).filter(|field| !field.is_empty()).collect();
        lines.join("\n")
    }

    fn octets(&self) -> Vec<u8> {
        let mut out = String::from("BEGIN:VCARD\r\nVERSION:2.1\r\n");
        let fields = [
            ("N", &self.name),
            ("ORG", &self.org),
            ("TITLE", &self.title),
            ("TEL", &self.phone),
            ("EMAIL", &self.email),
            ("URL", &self.url),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            field(&mut out, name, value);
        }
        out.push_str("END:VCARD\r\n");
        out.into_bytes()
    }
}

/// A field as it is, or where it has more than ASCII in UTF-8 and quoted-printable.
fn field(out: &mut String, name: &str, value: &str) {
    let is_plain = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b';' | b'=' | b'\\');
    if value.bytes().all(is_plain) {
        out.push_str(&format!("{name}:{value}\r\n"));
        return;
    }
    let head = format!("{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:");
    let mut used = head.len();
    out.push_str(&head);
    for octet in value.bytes() {
        let sign = if is_plain(octet) { char::from(octet).to_string() } else { format!("={octet:02X}") };
        if used + sign.len() >= LINE {
            out.push_str("=\r\n");
            used = 0;
        }
        used += sign.len();
        out.push_str(&sign);
    }
    out.push_str("\r\n");
}

impl Talk<'_> {
    /// `MP`: the company's card as a text, and how to get it into the phone's book.
    pub(super) fn card(&mut self) -> Result<String> {
        match self.own_card()? {
            Some(card) => Ok(format!("{}\n{}", card.text(), words::CARD_MORE.say(self.session.lang))),
            None => self.no_card(),
        }
    }

    /// `MPK`: the card itself, as a message of its own.
    pub(super) fn send_card(&mut self) -> Result<String> {
        let Some(card) = self.own_card()? else { return self.no_card() };
        let wanted = Wanted {
            to: self.heard.from,
            from: self.heard.to,
            class: Class::Transactional,
            site: self.session.site.as_deref(),
            text: &card.text(),
            now: self.heard.clock.now,
            validity: outbox::REPLY_VALIDITY,
        };
        let message = queue(self.tx, &wanted, &card)?;
        self.pushed.push(message);
        Ok(words::CARD_SENT.say(self.session.lang).to_owned())
    }

    fn own_card(&self) -> Result<Option<Card>> {
        let Some(slug) = self.session.site.as_deref() else { return Ok(None) };
        let company = enterprise::enterprise(self.tx, slug)?;
        let card = Card {
            name: company.name,
            phone: company.contact_phone,
            url: self.house.address(Some(slug)),
            ..Card::default()
        };
        Ok(Some(card).filter(|card| !card.phone.is_empty()))
    }

    fn no_card(&mut self) -> Result<String> {
        let (at, word) = match self.session.site.as_deref() {
            Some(slug) => (Path::site(slug, ""), words::NOT_HERE),
            None => (Path::portal(""), words::FIRST_A_COMPANY),
        };
        let notice = word.say(self.session.lang).to_owned();
        self.show(&at, Some((Tone::Info, notice)))
    }
}

pub fn queue(tx: &mut Tx, wanted: &Wanted, card: &Card) -> Result<(u64, outbox::Message)> {
    outbox::queue_kind(tx, wanted, card.kind(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(card: &Card) -> String {
        match card.kind() {
            Kind::Ports { octets, .. } => String::from_utf8_lossy(&octets).into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_card_as_phones_of_that_time_read_it() {
        let card = Card { name: "张三".into(), phone: "+8613912345678".into(), ..Card::default() };
        assert_eq!(
            octets(&card),
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=E4=B8=89\r\n\
             TEL:+8613912345678\r\nEND:VCARD\r\n"
        );
        let plain = Card { name: "Tea House".into(), phone: "0531".into(), ..Card::default() };
        assert!(octets(&plain).contains("\r\nN:Tea House\r\n"));
        let tricky = Card { name: "a;b=c\r\nTEL:1".into(), phone: "1".into(), ..Card::default() };
        assert!(octets(&tricky).contains(":a=3Bb=3Dc=0D=0ATEL:1\r\n"), "no value becomes a field of its own");
    }

    #[test]
    fn lines_are_short_and_what_has_no_room_goes() {
        let long = Card {
            name: "济南泉水人家客栈有限公司".into(),
            phone: "0531-86001234".into(),
            url: "http://box.example.com/s/quanshui/".into(),
            org: "泉".repeat(40),
            ..Card::default()
        };
        let text = octets(&long);
        assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
        assert!(text.contains("TEL:0531-86001234") && !text.contains("URL:"), "{text}");
        assert!(long.kind().segments("") <= SEGMENTS);
    }
}
