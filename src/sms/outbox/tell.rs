//! A page as a message to a person who texted once: `sections::Tell` for this channel.

use super::super::parts::segments;
use super::super::session::{self, Session};
use super::{Class, DEFAULT_VALIDITY, SEGMENTS_MAX, Wanted, queue};
use crate::error::Result;
use crate::number::Number;
use crate::page::fit::Mark;
use crate::page::text::{self, Room};
use crate::sections::context::{Address, Telling};
use crate::store::{Records, Tx};
use crate::words::Lang;

/// How to reach a texter again: the two numbers.
pub fn address(phone: &Number, ours: Option<&Number>) -> Address {
    Address(format!("{phone} {}", ours.map_or("", Number::as_str)).into_bytes())
}

fn read_address(address: &Address) -> Option<(Number, Option<Number>)> {
    let text = std::str::from_utf8(&address.0).ok()?;
    let (phone, ours) = text.split_once(' ')?;
    Some((Number::parse(phone)?, Number::parse(ours)))
}

/// A page as a message to a person who texted once: `sections::Tell` for this channel.
pub fn tell(tx: &mut Tx, telling: &Telling) -> Result<()> {
    let Some((phone, ours)) = read_address(telling.to) else { return Ok(()) };
    let company = crate::sites::enterprise::enterprise(tx, telling.site)?;
    let mut page = telling.page.clone();
    page.up = None;
    let room = Room { max: SEGMENTS_MAX, cost: &segments, first_no: 1 };
    let screen = text::text(&page, Mark::default(), &room).text;
    // The company says who it is, and its code opens its site: the footer of a screen would mean another page.
    let body = screen.rsplit_once('\n').map_or(screen.as_str(), |(body, _footer)| body);
    let tail = crate::words::CODE_OPENS.with(page.lang, &[&company.code]);
    let sign = if page.lang == Lang::Zh {
        format!("【{}】", company.short_name)
    } else {
        format!("{}: ", company.short_name)
    };
    let text = format!("{sign}{body}\n{tail}");
    let wanted = Wanted {
        to: &phone,
        from: ours.as_ref(),
        class: Class::Transactional,
        site: Some(telling.site),
        text: &text,
        now: telling.now,
        validity: DEFAULT_VALIDITY,
    };
    queue(tx, &wanted, None)?;
    // An opt-out without a name means who wrote last.
    let at = session::key(&phone, ours.as_ref());
    if let Some(mut session) = tx.get::<Session>(&at)? {
        session.site = Some(telling.site.to_owned());
        tx.put(&at, &session)?;
    }
    Ok(())
}
