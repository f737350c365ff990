//! What was asked of the box and what it said to it, and the one rule: what it said yes to is there once; what it did not
//! answer is there once or not at all; nothing else is there. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::deed::Deed;

/// Things of one sort, each with a mark of its own, and whether the box said yes to it.
#[derive(Default)]
pub struct Book(BTreeMap<String, bool>);

impl Book {
    pub fn ask(&mut self, mark: &str) {
        self.0.entry(mark.to_owned()).or_default();
    }

    pub fn told(&mut self, mark: &str) {
        self.0.insert(mark.to_owned(), true);
    }

    pub fn told_count(&self) -> usize {
        self.0.values().filter(|told| **told).count()
    }

    /// What the box has not answered.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, told)| !**told).map(|(mark, _)| mark.as_str())
    }

    /// What is wrong with what `face` shows.
    pub fn faults(&self, face: &str, seen: &[String]) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        seen.iter().for_each(|mark| *counts.entry(mark).or_default() += 1);
        let lost = self.0.iter().filter(|(mark, told)| **told && !counts.contains_key(mark.as_str()));
        let lost = lost.map(|(mark, _)| format!("{face}: {mark:?} was acknowledged and is lost"));
        let odd = counts.iter().filter_map(|(mark, count)| match (self.0.get(*mark), count) {
            (None, _) => Some(format!("{face}: nobody asked for {mark:?}")),
            (Some(_), 1) => None,
            (Some(_), count) => Some(format!("{face}: {mark:?} is there {count} times")),
        });
        lost.chain(odd).collect()
    }
}

/// Which editions of a site may be seen: the last that the box said yes to, and the one that is under way.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Editions {
    pub told: Option<u32>,
    pub asked: Option<u32>,
}

impl Editions {
    /// `seen` is `None` where there is no such site.
    pub fn fault(&self, slug: &str, seen: Option<u32>) -> Option<String> {
        let may = seen == self.told || (self.asked.is_some() && seen == self.asked);
        (!may).then(|| format!("site {slug}: shows {seen:?}, may show {self:?}"))
    }
}

#[derive(Default)]
pub struct Ledger {
    /// Rows of guestbooks: their text.
    pub posts: Book,
    /// Answers of owners to rows.
    pub answers: Book,
    /// Messages that are no reply: the number, which gets one.
    pub pushes: Book,
    /// Companies that were opened by order: the slug.
    pub companies: Book,
    /// Texts: the sender, which of its texts, and the words.
    pub texts: Book,
    pub sites: BTreeMap<String, Editions>,
    /// What the box has said of messages: the text by the number.
    pub words: BTreeMap<String, String>,
    /// The ids it gave them.
    pub ids: BTreeMap<String, String>,
    /// Deeds without an answer.
    pub open: Vec<Deed>,
    /// Rows that somebody answers already.
    pub taken: BTreeSet<u64>,
    /// Sites that an import was asked of since they were last found good.
    pub touched: BTreeSet<String>,
    pub imports: usize,
    /// What no audit is needed for.
    pub faults: Vec<String>,
}

impl Ledger {
    /// How many things the box has said yes to, by sort.
    pub fn told(&self) -> [(&'static str, usize); 6] {
        [
            ("texts", self.texts.told_count()),
            ("posts", self.posts.told_count()),
            ("messages", self.pushes.told_count()),
            ("answers", self.answers.told_count()),
            ("companies", self.companies.told_count()),
            ("imports", self.imports),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(marks: &[&str]) -> Vec<String> {
        marks.iter().map(|mark| (*mark).to_owned()).collect()
    }

    #[test]
    fn a_loss_and_a_doubling_are_found() {
        let mut book = Book::default();
        ["a", "b", "c"].iter().for_each(|mark| book.ask(mark));
        ["a", "b"].iter().for_each(|mark| book.told(mark));
        assert_eq!(book.open().collect::<Vec<_>>(), ["c"]);
        for good in [&["a", "b"][..], &["c", "b", "a"]] {
            assert_eq!(book.faults("x", &marks(good)), [""; 0], "{good:?}");
        }
        assert_eq!(book.faults("x", &marks(&["a"])), ["x: \"b\" was acknowledged and is lost"]);
        assert_eq!(book.faults("x", &marks(&["a", "b", "b"])), ["x: \"b\" is there 2 times"]);
        assert_eq!(book.faults("x", &marks(&["a", "b", "c", "c"])), ["x: \"c\" is there 2 times"]);
        assert_eq!(book.faults("x", &marks(&["a", "b", "d"])), ["x: nobody asked for \"d\""]);
        // Who asks again for what was told takes nothing back.
        book.ask("a");
        assert_eq!(book.told_count(), 2);
    }

    #[test]
    fn a_site_shows_the_old_edition_or_the_new_one() {
        let editions = Editions { told: Some(3), asked: Some(4) };
        assert!(editions.fault("x", Some(3)).or(editions.fault("x", Some(4))).is_none());
        for wrong in [None, Some(2), Some(5)] {
            assert!(editions.fault("x", wrong).is_some(), "{wrong:?}");
        }
        let told = Editions { told: Some(4), asked: None };
        assert!(
            told.fault("x", Some(4)).is_none() && told.fault("x", Some(3)).is_some() && told.fault("x", None).is_some()
        );
    }
}
