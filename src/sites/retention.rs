//! Which marks, visitors' rows and pictures of sites are over, for the hourly sweep. Not here: how they go
//! (`crate::retention`), and what a kind needs of its rows (`Kind::rows_kept`).

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::enterprise;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::retention::{Line, Sweep};
use crate::sections::context::{Once, Row, record, row_prefix};
use crate::sections::{Kind, kind_of};
use crate::store::{Never, Read, Record, Records, Store, Table, names_in};

/// Companies, and octets of tables, that are read at once.
const CHUNK: usize = 100;
/// How long a picture stays that no record names: an upload or import under way is long over by then.
const LOOSE_FOR: Duration = Duration::from_secs(24 * 3600);
/// Loose pictures that are remembered; the others' turn comes when these are gone. They fit one record of 32 KiB.
const LOOSE_MAX: usize = 500;

pub fn sweep(kinds: &'static [&'static dyn Kind], sweep: &mut Sweep) -> Result<()> {
    let clock = sweep.clock.clone();
    let is_over = move |mark: &Once| mark.until.is_some_and(|until| clock.age(mark.made) >= until.since(mark.made));
    sweep.delete::<Once>(b"", move |_, mark| Ok(is_over(mark)))?;
    rows(kinds, sweep)?;
    pictures(sweep.store, sweep.clock.now)
}

/// The oldest rows of sections that have more than their kind needs.
fn rows(kinds: &'static [&'static dyn Kind], sweep: &mut Sweep) -> Result<()> {
    let mut after = None;
    loop {
        let companies = enterprise::enterprises(sweep.store, after.as_deref(), CHUNK)?;
        let Some(last) = companies.last() else { return Ok(()) };
        after = Some(last.slug.clone());
        for company in &companies {
            for column in enterprise::site(sweep.store, &company.slug)?.columns {
                if let Some(kept) = kind_of(kinds, &column.kind).and_then(|kind| kind.rows_kept()) {
                    rows_of(sweep, &company.slug, &column.id, kept)?;
                }
            }
        }
    }
}

fn rows_of(sweep: &mut Sweep, site: &str, section: &str, kept: usize) -> Result<()> {
    let prefix = row_prefix(site, section);
    let newest: Vec<(Vec<u8>, Row)> = sweep.store.scan_back(&prefix, None, kept + 1)?;
    let Some((last, _)) = newest.get(kept) else { return Ok(()) };
    let last = last.clone();
    sweep.archive::<Row>(&prefix, Some(&last), |key, row| {
        let mut value = serde_json::to_value(row).map_err(Error::internal)?;
        let id = String::from_utf8_lossy(&key[prefix.len()..]).into_owned();
        let reply_to = String::from_utf8_lossy(&row.reply_to.0).into_owned();
        let readable = [("made", row.made.rfc3339()), ("reply_to", reply_to), ("id", id)];
        let place = [("site", site.to_owned()), ("section", section.to_owned())];
        for (name, text) in readable.into_iter().chain(place) {
            value[name] = Value::from(text);
        }
        Ok(Some(Line { kind: "rows", made: row.made, value }))
    })
}

/// Pictures that no record names, each with when that was first seen.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
struct Loose(BTreeMap<String, Time>);

record!(Loose, Meta);

const LOOSE: &[u8] = b"pictures/loose";

/// Two looks, a day apart: what is loose at both goes. A picture that was put meanwhile begins its day anew.
fn pictures(store: &Store, now: Time) -> Result<()> {
    let put = store.media().take_put();
    let named = named(store)?;
    let before: Loose = store.get(LOOSE)?.unwrap_or_default();
    let mut loose = Loose::default();
    for name in store.media().names()?.into_iter().filter(|name| !named.contains(name)) {
        let known = before.0.get(&name).filter(|_| !put.contains(&name)).copied();
        let since = known.unwrap_or(now);
        if now.since(since) >= LOOSE_FOR && store.media().remove(&name)? {
            log::info!("picture {name} is named nowhere and removed");
        } else if known.is_some() || loose.0.len() < LOOSE_MAX {
            loose.0.insert(name, since);
        }
    }
    if loose == before {
        return Ok(());
    }
    store.write_blocking(move |tx| tx.put(LOOSE, &loose))
}

/// Every picture's name in what pages show.
fn named(store: &Store) -> Result<HashSet<String>> {
    let mut names = HashSet::new();
    for table in Table::ALL.into_iter().filter(|table| table.shown()) {
        let mut from = Bound::Unbounded;
        loop {
            let found = store.range(table, from, Bound::Unbounded, false, CHUNK)?;
            let Some((last, _)) = found.last() else { break };
            names.extend(found.iter().flat_map(|(_, stored)| names_in(stored)).map(str::to_owned));
            from = Bound::Excluded(last.clone());
        }
    }
    Ok(names)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::clock::Reading;
    use crate::retention::Archive;
    use crate::sections::context::{Address, ItemRecord, row_key};
    use crate::sections::field::Fields;
    use crate::store::tests::{Folder, open};

    const START: Time = Time(1_795_320_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn item(store: &Store, picture: &str) {
        let fields = Fields::from([("picture".to_owned(), format!("{picture}|640|480"))]);
        store.write_blocking(move |tx| tx.put(b"tea/goods/a", &ItemRecord { fields })).unwrap();
    }

    #[test]
    fn a_picture_goes_a_day_after_its_last_name() {
        let folder = Folder::new();
        let store = open(&folder);
        let (one, two) = (store.media().put(b"1", "png", 9).unwrap(), store.media().put(b"2", "png", 9).unwrap());
        item(&store, &one);
        let sweep_at = |hours: u32| pictures(&store, START.plus(HOUR * hours)).unwrap();
        let there = |name: &str| store.media().read(name).is_ok();
        sweep_at(0);
        sweep_at(23);
        assert!(there(&one) && there(&two));
        sweep_at(24);
        assert!(there(&one) && !there(&two), "no record ever named the second");
        item(&store, "");
        sweep_at(30);
        // Named again in time, it stays for as long as it is.
        item(&store, &one);
        sweep_at(60);
        assert!(there(&one));
        item(&store, "");
        sweep_at(61);
        sweep_at(84);
        // An import puts it again, and its record is still on its way.
        store.media().put(b"1", "png", 9).unwrap();
        sweep_at(85);
        sweep_at(108);
        assert!(there(&one), "its day began anew");
        sweep_at(109);
        assert!(!there(&one));
        sweep_at(110);
        assert_eq!(store.get::<Loose>(LOOSE).unwrap().unwrap().0.len(), 0);
    }

    #[test]
    fn the_oldest_rows_go_to_the_archive() {
        let folder = Folder::new();
        let (store, archive) = (open(&folder), Archive::new(&folder.0, jiff::tz::TimeZone::UTC));
        let row = Row {
            fields: Fields::from([("text".to_owned(), "鱼很新鲜".to_owned())]),
            made: START,
            phone: None,
            reply_to: Address(b"+8613912345678 ".to_vec()),
            visitor: [0; 16],
            state: "shown".to_owned(),
            home: "box".to_owned(),
        };
        store
            .write_blocking(move |tx| {
                (1..=9).try_for_each(|id| tx.put(&row_key("tea", "book", id), &row))?;
                tx.put(&row_key("tea", "book2", 1), &row)
            })
            .unwrap();
        let ending = AtomicBool::new(false);
        let (now, keep) = (START, HOUR);
        let mut sweep = Sweep {
            store: &store,
            archive: &archive,
            clock: Reading::sure(now),
            keep,
            ending: &ending,
            deleted: 0,
            archived: 0,
        };
        for (kept, archived) in [(9, 0), (6, 3), (6, 3)] {
            rows_of(&mut sweep, "tea", "book", kept).unwrap();
            assert_eq!(sweep.archived, archived);
        }
        let left: Vec<(Vec<u8>, Row)> = store.scan(b"tea/", None, 99).unwrap();
        assert_eq!((left.len(), &left[0].0), (7, &row_key("tea", "book", 4)));
        let text = std::fs::read_to_string(folder.0.join("archive/rows-2026-11.jsonl")).unwrap();
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["site"], &first["section"]), (&Value::from("tea"), &Value::from("book")));
        assert_eq!((&first["fields"]["text"], &first["reply_to"]), (&"鱼很新鲜".into(), &"+8613912345678 ".into()));
        assert_eq!((&first["made"], first["id"].as_str().unwrap().parse()), (&"2026-11-22T04:00:00Z".into(), Ok(1)));
    }
}
