//! WAP Push: whom it is sent to. Phones of some years took a service indication for a letter with an address in it; phones
//! before and after show nothing at all and do not say so. So each push carries an address of its own, and the box
//! remembers of each handset whether it ever asked for one:
//!
//! | The handset | gets |
//! |---|---|
//! | asked for one of its last three pushes | the push alone |
//! | never had `tries` pushes yet | the push; and if nobody asks for its address in ten minutes, the text |
//! | had `tries` and asked for none | the text with the address |
//!
//! A company's site that is opened by text has its address on the screen already: its push goes once per handset and
//! site, and no text follows. A memory ends half a year after the last push, since people get other phones. Not here: the
//! octets (`wap::push`, handed over by `app`), and the request for the address (`web`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fields::Ports;
use super::outbox::{self, Class, Message, State, Wanted};
use super::parts::Kind;
use super::talk::Talk;
use crate::clock::{Time, Trust};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::retention::Sweep;
use crate::sections::context::{once, record};
use crate::sites::enterprise;
use crate::store::{Never, Record, Records, Table, Tx};

/// How pushes are made here.
#[derive(Clone, Copy, Debug)]
pub struct Pushes {
    /// A handset that asked for none of so many gets texts; 0: nobody gets a push.
    pub tries: u8,
    pub ports: Ports,
    pub compile: fn(&Told) -> Vec<u8>,
}

/// What a push says.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// Tells one push from the next.
    pub number: u8,
    pub url: &'a str,
    pub text: &'a str,
    /// A newer one with the same id takes the place of an older; empty: the address is the id.
    pub id: &'a str,
    /// As the standards name them, `signal-medium` or `execute-low`; empty: the usual one.
    pub action: &'a str,
    /// Known when the clock can be trusted.
    pub created: Option<Time>,
    pub expires: Option<Time>,
}

/// What somebody wants pushed.
pub struct Wish<'a> {
    pub wanted: Wanted<'a>,
    pub url: &'a str,
    pub id: &'a str,
    pub action: &'a str,
    pub trust: Trust,
    /// Where the box is reached, without a slash at the end.
    pub base: &'a str,
}

/// What is known of a handset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Handset {
    /// Pushes since the last one that it asked for.
    unopened: u8,
    opened: Option<Time>,
    last: Time,
}

/// One push that may be asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    phone: Number,
    url: String,
    made: Time,
    /// The text that goes out if nobody asks.
    text: Option<u64>,
}

record!(Handset, Push);
// The two have keys of their own in the one table.
record!(Mark, Push);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Push,
    PushThenText,
    Text,
}

/// A handset that once asked is believed for so many pushes.
const BELIEVED: u8 = 3;
/// Phones show a push at once, and who wants to look does so within minutes.
const PATIENCE: Duration = Duration::from_secs(600);
/// People get other phones.
const REMEMBERED: Duration = Duration::from_secs(183 * 24 * 3600);
/// A push lies in the phone's box as long as its owner likes; an address works for a month.
const MARK_KEPT: Duration = Duration::from_secs(31 * 24 * 3600);
/// Characters of a mark: 32 each, so that nobody meets another's by chance.
const MARK_CHARS: usize = 8;
/// The path of marks on the portal's host.
pub const PATH: &str = "/p/";

/// Queues a push, a text, or both, as the memory of the handset says. The first message is the one to ask about.
pub fn send(tx: &mut Tx, pushes: &Pushes, wish: &Wish) -> Result<Vec<(u64, Message)>> {
    let way = way(tx, pushes, wish.wanted.to)?;
    if way == Way::Text {
        return Ok(vec![text(tx, wish)?]);
    }
    let (push, at) = push(tx, pushes, wish)?;
    let mark: Option<Mark> = tx.get(&at)?.filter(|_| way == Way::PushThenText);
    let Some(mut mark) = mark else { return Ok(vec![push]) };
    let (id, mut message) = text(tx, wish)?;
    message.not_before = wish.wanted.now.plus(PATIENCE);
    outbox::keep(tx, id, &message, wish.wanted.now)?;
    mark.text = Some(id);
    tx.put(&at, &mark)?;
    Ok(vec![push, (id, message)])
}

/// Somebody asked for the address of a push: where it leads. The handset opens pushes, then, and needs no text.
pub fn opened(tx: &mut Tx, mark: &str, now: Time) -> Result<Option<String>> {
    let at = mark_key(mark);
    let Some(mut found) = (if is_mark(mark) { tx.get::<Mark>(&at)? } else { None }) else { return Ok(None) };
    let key = handset_key(&found.phone);
    let handset = tx.get::<Handset>(&key)?.unwrap_or_default();
    tx.put(&key, &Handset { unopened: 0, opened: Some(now), ..handset })?;
    if let Some(id) = found.text.take() {
        if let Some(mut message) = tx.get::<Message>(&outbox::key(id))? {
            message.set_waiting(State::Cancelled);
            outbox::keep(tx, id, &message, now)?;
        }
        tx.put(&at, &found)?;
    }
    Ok(Some(found.url))
}

impl Talk<'_> {
    /// A company's site was opened by its code or name: its address as a push, once per handset and site.
    pub(super) fn offer(&mut self, slug: &str) -> Result<()> {
        let (pushes, now) = (self.manners.pushes, self.heard.clock.now);
        if way(self.tx, &pushes, self.heard.from)? == Way::Text {
            return Ok(());
        }
        let key = format!("push/{}/{slug}", self.heard.from);
        if !once(self.tx, key.as_bytes(), now, Some(REMEMBERED))? {
            return Ok(());
        }
        let company = enterprise::enterprise(self.tx, slug)?;
        let (url, id) = (self.house.address(Some(slug)), format!("{slug}@{}", self.tx.box_id()));
        let wanted = Wanted {
            to: self.heard.from,
            from: self.heard.to,
            class: Class::Transactional,
            site: Some(slug),
            text: &company.short_name,
            now,
            validity: outbox::REPLY_VALIDITY,
        };
        let trust = self.heard.clock.trust;
        let wish = Wish { wanted, url: &url, id: &id, action: "", trust, base: &self.house.url };
        let (message, _) = push(self.tx, &pushes, &wish)?;
        self.pushed.push(message);
        Ok(())
    }
}

fn way(tx: &Tx, pushes: &Pushes, phone: &Number) -> Result<Way> {
    let known = tx.get::<Handset>(&handset_key(phone))?.unwrap_or_default();
    Ok(match known {
        _ if pushes.tries == 0 => Way::Text,
        Handset { opened: Some(_), unopened, .. } if unopened < BELIEVED => Way::Push,
        Handset { opened: None, unopened, .. } if unopened < pushes.tries => Way::PushThenText,
        _ => Way::Text,
    })
}

fn text(tx: &mut Tx, wish: &Wish) -> Result<(u64, Message)> {
    let text = format!("{}\n{}", wish.wanted.text, wish.url);
    outbox::queue(tx, &Wanted { text: &text, ..wish.wanted }, None)
}

/// The message, and the key of its mark; there is none where the person has opted out.
fn push(tx: &mut Tx, pushes: &Pushes, wish: &Wish) -> Result<((u64, Message), Vec<u8>)> {
    let Wanted { to, now, text, validity, .. } = wish.wanted;
    let number = tx.next_id("push")?;
    let mark = new_mark()?;
    let at = mark_key(&mark);
    let url = format!("{}{PATH}{mark}", wish.base);
    let dated = wish.trust >= Trust::Network;
    let told = Told {
        number: (number & 0xff) as u8,
        url: &url,
        text,
        id: wish.id,
        action: wish.action,
        created: dated.then_some(now),
        expires: dated.then(|| now.plus(validity)),
    };
    let kind = Kind::Ports { ports: pushes.ports, octets: (pushes.compile)(&told) };
    let shown = format!("{text}\n{url}");
    let (id, message) = outbox::queue_kind(tx, &Wanted { text: &shown, ..wish.wanted }, kind, None)?;
    if message.state() == State::Queued {
        let known = tx.get::<Handset>(&handset_key(to))?.unwrap_or_default();
        let unopened = known.unopened.saturating_add(1);
        tx.put(&handset_key(to), &Handset { unopened, last: now, ..known })?;
        tx.put(&at, &Mark { phone: to.clone(), url: wish.url.to_owned(), made: now, text: None })?;
    }
    Ok(((id, message), at))
}

pub(super) fn sweep(sweep: &mut Sweep) -> Result<()> {
    let clock = sweep.clock.clone();
    sweep.delete::<Mark>(MARKS, move |_, mark| Ok(clock.age(mark.made) > MARK_KEPT))?;
    let clock = sweep.clock.clone();
    sweep.delete::<Handset>(HANDSETS, move |_, handset| Ok(clock.age(handset.last) > REMEMBERED))
}

const MARKS: &[u8] = b"mark/";
const HANDSETS: &[u8] = b"handset/";
/// Without what is mistaken for something else when it is copied by hand.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

fn new_mark() -> Result<String> {
    let mut octets = [0; MARK_CHARS];
    getrandom::fill(&mut octets).map_err(Error::internal)?;
    Ok(octets.iter().map(|octet| char::from(ALPHABET[usize::from(octet & 31)])).collect())
}

fn is_mark(text: &str) -> bool {
    text.len() == MARK_CHARS && text.bytes().all(|b| ALPHABET.contains(&b))
}

fn mark_key(mark: &str) -> Vec<u8> {
    [MARKS, mark.as_bytes()].concat()
}

fn handset_key(phone: &Number) -> Vec<u8> {
    [HANDSETS, phone.as_str().as_bytes()].concat()
}
