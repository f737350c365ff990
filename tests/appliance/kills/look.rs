//! A look at the public faces of a box, and what is wrong with what they show.

use std::collections::{BTreeMap, BTreeSet};

use yizhan::demo;
use yizhan::sites::files;

use super::ask::{Door, JSON};
use super::deed::Deed;
use super::load::{GUESTBOOKS, World, inbox_row};
use super::phones::{self, Arrived, Phone, Row};
use super::site;

/// What the faces show.
#[derive(Default)]
pub struct Seen {
    /// Rows of the sample sites' guestbooks.
    pub posts: Vec<Post>,
    pub companies: Vec<String>,
    /// Number of the row, and who texted what.
    pub inbox: Vec<(u64, String)>,
    /// The edition of each imported site that is there.
    pub editions: BTreeMap<String, u32>,
    /// What could not be read as anything.
    pub faults: Vec<String>,
}

pub struct Post {
    pub site: String,
    pub id: u64,
    pub text: String,
    pub reply: String,
    /// Who texted it.
    pub from: Option<String>,
}

/// Everything but the outbox, which is long and is read apart; of the imported sites those that may have changed, or all.
pub async fn look(door: &Door, world: &World, is_whole: bool) -> Seen {
    let mut seen = Seen::default();
    for site in GUESTBOOKS {
        seen.posts.extend(posts(door, site).await);
    }
    let text = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    seen.companies = door.all("/api/v1/enterprises").await.iter().map(|company| text(company, "slug")).collect();
    seen.inbox = door.all("/api/v1/inbox").await.iter().map(inbox_row).collect();
    let imported: Vec<String> = {
        let ledger = world.ledger();
        if is_whole { ledger.sites.keys().cloned().collect() } else { ledger.touched.iter().cloned().collect() }
    };
    for slug in imported {
        let export =
            door.api("GET", &format!("/api/v1/sites/{slug}/export"), JSON, b"").await.expect("the box is gone");
        if export.status == 404 {
            continue;
        }
        let edition = files::untar(&export.body).map_err(|error| error.to_string());
        match edition.and_then(|export| site::edition_of(&slug, &export)) {
            Ok(edition) => drop(seen.editions.insert(slug.clone(), edition)),
            Err(fault) => {
                seen.faults.push(fault);
                continue;
            }
        }
        let rows = door.all(&format!("/api/v1/sites/{slug}/rows?section=guestbook")).await.len();
        if rows != site::ROWS {
            seen.faults.push(format!("site {slug}: {rows} sample rows"));
        }
    }
    seen
}

async fn posts(door: &Door, site: &str) -> Vec<Post> {
    let rows = door.all(&format!("/api/v1/sites/{site}/rows?section=guestbook")).await;
    let post = |row: serde_json::Value| {
        let text = |name: &str| row["fields"][name].as_str().unwrap_or_default().to_owned();
        let id = row["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
        let from = row["from"].as_str().map(str::to_owned);
        Post { site: site.to_owned(), id, text: text("text"), reply: text("reply"), from }
    };
    // The samples' own rows have no mark.
    rows.into_iter().map(post).filter(|post| post.text.starts_with('№')).collect()
}

/// The posts that the pages of a guestbook show, by their marks, newest first; at most so many pages of them.
pub async fn shown_posts(door: &Door, site: &str, pages: usize) -> Vec<String> {
    let (mut shown, mut before, address) = (Vec::new(), u64::MAX, format!("/s/{site}/guestbook"));
    for _ in 0..pages {
        let target = if before == u64::MAX { address.clone() } else { format!("{address}/~{before}") };
        let page = door.web("GET", &target, b"").await.expect("the box is gone");
        assert_eq!(page.status, 200, "{target}");
        let page = page.text();
        shown.extend(page.split('№').skip(1).filter_map(|rest| Some(format!("№{};", rest.split_once(';')?.0))));
        // A page also names itself, in other renderings.
        let numbers = page
            .split("/guestbook/~")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        match numbers.min().filter(|older| *older < before) {
            Some(older) => before = older,
            None => break,
        }
    }
    shown
}

/// The outbox, row by row; what is settled is not read again.
pub async fn outbox(door: &Door, rows: &mut Vec<Row>) {
    for at in 0.. {
        if rows.get(at).is_some_and(Row::is_settled) {
            continue;
        }
        let reply = door.api("GET", &format!("/api/v1/messages/{}", at + 1), JSON, b"").await.expect("the box is gone");
        if reply.status == 404 {
            assert!(at >= rows.len(), "message {} is lost", at + 1);
            return;
        }
        let message = reply.json();
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        // A push is of its own kind, whatever its class: nobody asked for it, and phones show none.
        let class = if text("kind") == "text" { text("class") } else { text("kind") };
        let row = Row { to: text("to"), class, state: text("state") };
        match rows.get_mut(at) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
}

/// Whether the box already shows what it has not answered: it was killed between its commit and its answer. Notes it
/// as done where asking again would be another deed.
pub fn note_seen(world: &World, seen: &Seen, rows: &[Row], log: &[Arrived]) -> Underway {
    let mut underway = texts_underway(&world.phones.lock().unwrap(), &seen.inbox, log);
    let mut ledger = world.ledger();
    let (posts, replies): (BTreeSet<&str>, BTreeSet<&str>) =
        seen.posts.iter().map(|p| (p.text.as_str(), p.reply.as_str())).unzip();
    let is_there = |deed: &Deed| match deed {
        Deed::Post { text, .. } => posts.contains(text.as_str()),
        Deed::Message { to, .. } => rows.iter().any(|row| row.to == *to),
        Deed::Company { slug } => seen.companies.contains(slug),
        Deed::Import { slug, edition } => seen.editions.get(slug) == Some(edition),
        Deed::Answer { text, .. } => replies.contains(text.as_str()),
    };
    for deed in ledger.open.clone() {
        if !is_there(&deed) {
            underway.missing += 1;
            continue;
        }
        underway.there += 1;
        if matches!(deed, Deed::Answer { .. }) {
            deed.note_done(&mut ledger);
        }
    }
    underway
}

/// A text is told by its reply: in the inbox without one it was stored, and nobody knew.
fn texts_underway(phones: &[Phone], inbox: &[(u64, String)], log: &[Arrived]) -> Underway {
    let (mut stored, mut replied): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    inbox.iter().for_each(|(_, row)| *stored.entry(row.split(' ').next().unwrap_or_default()).or_default() += 1);
    log.iter().for_each(|arrived| *replied.entry(&arrived.to).or_default() += 1);
    let mut underway = Underway::default();
    for phone in phones {
        let count = |of: &BTreeMap<&str, usize>| of.get(phone.number.as_str()).copied().unwrap_or(0);
        underway.there += count(&stored).saturating_sub(count(&replied));
        underway.missing += phone.sent.saturating_sub(count(&stored));
    }
    underway
}

/// What was under way at a kill and had no answer.
#[derive(Clone, Copy, Default, Debug)]
pub struct Underway {
    pub there: usize,
    pub missing: usize,
}

/// What is wrong with what the box shows.
pub fn faults(world: &World, seen: &Seen, rows: &[Row]) -> Vec<String> {
    let ledger = world.ledger();
    let mut faults = [seen.faults.clone(), ledger.faults.clone()].concat();
    let list = |marks: &mut dyn Iterator<Item = String>| marks.collect::<Vec<_>>();
    let posts = list(&mut seen.posts.iter().map(|post| post.text.clone()));
    faults.extend(ledger.posts.faults("guestbook", &posts));
    let replies = list(&mut seen.posts.iter().map(|post| post.reply.clone()).filter(|reply| !reply.is_empty()));
    faults.extend(ledger.answers.faults("owners' answers", &replies));
    let opened = list(
        &mut seen.companies.iter().filter(|slug| slug.starts_with('q') && slug[1..].parse::<u64>().is_ok()).cloned(),
    );
    faults.extend(ledger.companies.faults("companies", &opened));
    let pushes =
        list(&mut rows.iter().filter(|row| !["reply", "push"].contains(&row.class.as_str())).map(|row| row.to.clone()));
    faults.extend(ledger.pushes.faults("outbox", &pushes));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let texts = list(&mut seen.inbox.iter().map(|(_, row)| {
        let (from, text) = row.split_once(' ').unwrap_or_default();
        let n = counts.entry(from).or_default();
        *n += 1;
        phones::mark(from, *n - 1, text)
    }));
    faults.extend(ledger.texts.faults("inbox", &texts));
    let unsorted = seen.inbox.windows(2).find(|pair| pair[0].0 >= pair[1].0);
    faults.extend(unsorted.map(|pair| format!("inbox: {:?} stands before {:?}", pair[0], pair[1])));
    let polled = world.polled.lock().unwrap();
    let behind = polled.iter().zip(&seen.inbox).find(|(polled, row)| polled != row);
    faults.extend(behind.map(|(polled, row)| format!("inbox: {polled:?} was read, now {row:?} stands there")));
    if polled.len() > seen.inbox.len() {
        faults.push(format!("inbox: {} rows were read, {} are there", polled.len(), seen.inbox.len()));
    }
    for (slug, editions) in &ledger.sites {
        let is_listed = seen.companies.contains(slug);
        if editions.told.is_some() && !is_listed {
            faults.push(format!("site {slug}: its import was acknowledged and it is lost"));
        } else if is_listed && ledger.touched.contains(slug) {
            faults.extend(editions.fault(slug, seen.editions.get(slug).copied()));
        }
    }
    faults
}

/// The sample companies, which the first start brings in.
pub async fn sample_faults(door: &Door) -> Vec<String> {
    let mut faults = Vec::new();
    for (industry, starter) in demo::starters() {
        let slug = files::slug(&starter).unwrap();
        let export =
            door.api("GET", &format!("/api/v1/sites/{slug}/export"), JSON, b"").await.expect("the box is gone");
        match files::untar(&export.body) {
            Ok(export) => faults.extend(site::faults_of_sample(&slug, &starter, &export)),
            Err(error) => faults.push(format!("sample {industry}: {error}")),
        }
    }
    faults
}

/// So many pages of a guestbook are read at each check.
pub const GUESTBOOK_PAGES: usize = 2;

/// The web pages show what the API shows, newest first. A clinic's posts wait for its look.
pub async fn page_faults(door: &Door, seen: &Seen, pages: usize) -> Vec<String> {
    let mut faults = Vec::new();
    for site in GUESTBOOKS.into_iter().filter(|site| *site != "renxin") {
        let shown = shown_posts(door, site, pages).await;
        let newest = seen.posts.iter().rev().filter(|post| post.site == site);
        let meant: Vec<String> =
            newest.map(|post| format!("{};", post.text.split(';').next().unwrap_or_default())).collect();
        if shown.len() > meant.len() || meant[..shown.len()] != shown[..] || (shown.is_empty() && !meant.is_empty()) {
            faults.push(format!("the pages of {site} show {shown:?} instead of {meant:?}"));
        }
    }
    faults
}
