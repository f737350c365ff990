//! Who wants nothing pushed: by one company, by all, or by all but some. It outranks every session and never stops the
//! answer to a person's own text. Only a person's own explicit word ends it.

use super::grammar::Command;
use super::session::{OptOut, opt_in_key, opt_out_key};
use super::talk::Talk;
use crate::error::Result;
use crate::number::Number;
use crate::page::{Link, Path, To};
use crate::sites::enterprise;
use crate::store::{Records, Tx};
use crate::words;

/// Opt-outs that one list names.
const LISTED: usize = 20;

/// Whether something may be pushed to a phone.
pub fn may_push(tx: &Tx, phone: &Number, site: Option<&str>) -> Result<bool> {
    let of_all = tx.get::<OptOut>(&opt_out_key(phone, None))?.is_some();
    Ok(match site {
        Some(slug) if of_all => tx.get::<OptOut>(&opt_in_key(phone, slug))?.is_some(),
        Some(slug) => tx.get::<OptOut>(&opt_out_key(phone, Some(slug)))?.is_none(),
        None => !of_all,
    })
}

impl Talk<'_> {
    pub(super) fn opt_out(&mut self, command: &Command) -> Result<String> {
        self.leave_form();
        let lang = self.session.lang;
        let site = match command {
            Command::OptOut => self.session.site.clone(),
            Command::OptOutAll => None,
            _ => return self.opt_out_list(),
        };
        let record = self.evidence();
        self.tx.put(&opt_out_key(self.heard.from, site.as_deref()), &record)?;
        match site {
            Some(slug) => {
                self.tx.delete::<OptOut>(&opt_in_key(self.heard.from, &slug))?;
                Ok(words::OPTED_OUT.with(lang, &[&self.short_name(&slug)]))
            }
            None => {
                for slug in self.opted("/+")? {
                    self.tx.delete::<OptOut>(&opt_in_key(self.heard.from, &slug))?;
                }
                Ok(words::OPTED_OUT_ALL.with(lang, &[&self.house.name]))
            }
        }
    }

    /// The first thing on the list cancels everything.
    fn opt_out_list(&mut self) -> Result<String> {
        let lang = self.session.lang;
        let all = Link::visit(words::OPT_OUT_OF_ALL.say(lang), place_of_all());
        if self.tx.get::<OptOut>(&opt_out_key(self.heard.from, None))?.is_some() {
            return Ok(words::OUT_OF_ALL.say(lang).to_owned());
        }
        let mut names = self.opted("/")?;
        names.iter_mut().for_each(|slug| *slug = self.short_name(slug));
        (self.session.keys, self.session.more) = (vec![(1, all.to)], None);
        let state = match names.as_slice() {
            [] => words::OUT_OF_NONE.say(lang).to_owned(),
            _ => words::OUT_OF_SOME.with(lang, &[&names.join("、")]),
        };
        let last = [words::ANSWER_NUMBER.say(lang), words::ANSWER_BACK.say(lang)].join(" ");
        Ok(format!("1.{}\n{state}\n{last}", all.label))
    }

    /// At the portal it ends an opt-out of all; else that of the company that is or was looked at.
    pub(super) fn subscribe(&mut self) -> Result<String> {
        let lang = self.session.lang;
        let phone = self.heard.from;
        let of_all = self.tx.get::<OptOut>(&opt_out_key(phone, None))?.is_some();
        let site = self.session.site.clone().filter(|_| !of_all || self.session.at.site.is_some());
        let Some(slug) = site else {
            self.tx.delete::<OptOut>(&opt_out_key(phone, None))?;
            return Ok(words::SUBSCRIBED.with(lang, &[&self.house.name]));
        };
        self.tx.delete::<OptOut>(&opt_out_key(phone, Some(&slug)))?;
        if of_all {
            let record = self.evidence();
            self.tx.put(&opt_in_key(phone, &slug), &record)?;
        }
        Ok(words::SUBSCRIBED.with(lang, &[&self.short_name(&slug)]))
    }

    fn evidence(&self) -> OptOut {
        OptOut { made: self.heard.clock.now, words: self.heard.text.chars().take(40).collect() }
    }

    /// The slugs behind the phone's number and `mark`.
    fn opted(&self, mark: &str) -> Result<Vec<String>> {
        let prefix = format!("{}{mark}", self.heard.from);
        let found: Vec<(Vec<u8>, OptOut)> = self.tx.scan(prefix.as_bytes(), None, LISTED)?;
        let slugs = found.iter().map(|(key, _)| String::from_utf8_lossy(&key[prefix.len()..]).into_owned());
        Ok(slugs.filter(|slug| !slug.starts_with(['*', '+'])).collect())
    }

    fn short_name(&self, slug: &str) -> String {
        enterprise::enterprise(self.tx, slug).map_or_else(|_| slug.to_owned(), |e| e.short_name)
    }
}

/// What the number of "opt out of all" means; no page is there, `Talk::go` acts.
pub fn place_of_all() -> Path {
    Path::portal("optout")
}

pub fn is_place_of_all(to: &To) -> bool {
    matches!(to, To::Visit(path) if *path == place_of_all())
}
