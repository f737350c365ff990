//! What a power cut, a change in the middle and damage leave: each record in the table or in the archive, never in both
//! for long, never in neither.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::clock::Time;
use crate::store::tests::{Folder, Note, open, put, text};

const JANUARY: Time = Time(1_767_571_200_000); // 2026-01-05
const DAY: Duration = Duration::from_secs(24 * 3600);

struct Box {
    folder: Folder,
    store: Store,
    archive: Archive,
}

fn box_with(notes: &[&str]) -> Box {
    let folder = Folder::new();
    let (store, archive) = (open(&folder), Archive::new(&folder.0, jiff::tz::TimeZone::UTC));
    notes.iter().for_each(|name| put(&store, name, &format!("words of {name}")).unwrap());
    Box { folder, store, archive }
}

fn line(key: &[u8], note: &Note) -> Result<Option<Line>> {
    let value = serde_json::json!({ "id": String::from_utf8_lossy(key), "text": note.text });
    let made = if key < b"n5".as_slice() { JANUARY } else { JANUARY.plus(31 * DAY) };
    Ok((!note.text.contains("stays")).then_some(Line { kind: "notes", made, value }))
}

impl Box {
    /// Runs one sweep of notes; says how many went.
    fn sweep(&self, line: impl Fn(&[u8], &Note) -> Result<Option<Line>>) -> Result<u64> {
        let (ending, store, archive) = (AtomicBool::new(false), &self.store, &self.archive);
        let (now, keep) = (JANUARY, DAY);
        let mut sweep =
            Sweep { store, archive, clock: Reading::sure(now), keep, ending: &ending, deleted: 0, archived: 0 };
        sweep.archive::<Note>(b"n", None, line)?;
        Ok(sweep.archived)
    }

    fn file(&self, month: &str) -> std::path::PathBuf {
        self.folder.0.join(format!("archive/notes-{month}.jsonl"))
    }

    fn ids(&self, month: &str) -> Vec<String> {
        let text = fs::read_to_string(self.file(month)).unwrap_or_default();
        let id =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
        text.lines().map(id).collect()
    }
}

#[test]
fn records_move_to_the_file_of_their_month() {
    let it = box_with(&["n1", "n2", "n7", "other"]);
    put(&it.store, "n3", "stays").unwrap();
    assert_eq!(it.sweep(line).unwrap(), 3);
    assert_eq!((it.ids("2026-01"), it.ids("2026-02")), (vec!["n1".into(), "n2".into()], vec!["n7".into()]));
    assert_eq!(it.store.scan::<Note>(b"", None, 9).unwrap().len(), 2, "n3 and the other");
    let gone = archived(&it.store, Note::TABLE).unwrap();
    assert_eq!((gone.last.as_slice(), gone.records), (b"n7".as_slice(), 3));
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(it.file("2026-01")), mode(it.folder.0.join("archive"))), (0o600, 0o700));

    put(&it.store, "n0", "late").unwrap();
    assert_eq!((it.sweep(line).unwrap(), it.sweep(line).unwrap()), (1, 0));
    assert_eq!(it.ids("2026-01"), ["n1", "n2", "n0"]);
    assert_eq!(archived(&it.store, Note::TABLE).unwrap().last, b"n7");
}

#[test]
fn many_go_in_chunks_and_each_once() {
    let names: Vec<String> = (0..2 * CHUNK + 7).map(|n| format!("n4{n:04}")).collect();
    let it = box_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(it.sweep(line).unwrap(), names.len() as u64);
    assert_eq!(it.ids("2026-01"), names);
}

#[test]
fn what_a_power_cut_left_in_the_file_is_cut_off() {
    let it = box_with(&["n1"]);
    it.sweep(line).unwrap();
    for torn in ["{\"id\":\"n2\",\"text\":\"wor", "{\"id\":\"n2\",\"text\":\"words of n2\"}\n"] {
        let good = fs::read(it.file("2026-01")).unwrap();
        fs::write(it.file("2026-01"), [good.as_slice(), torn.as_bytes()].concat()).unwrap();
        put(&it.store, "n2", "again").unwrap();
        assert_eq!(it.sweep(line).unwrap(), 1);
        assert_eq!(it.ids("2026-01").last().unwrap(), "n2");
    }
    assert_eq!(it.ids("2026-01"), ["n1", "n2", "n2"], "the torn lines are nowhere");
}

#[test]
fn a_record_that_changes_meanwhile_stays_with_those_beside_it() {
    let it = box_with(&["n1", "n2"]);
    let changing = |key: &[u8], note: &Note| {
        // Whoever writes between the line and the transaction.
        if key == b"n2" {
            put(&it.store, "n2", &format!("{} changed", note.text))?;
        }
        line(key, note)
    };
    assert_eq!(it.sweep(changing).unwrap(), 0);
    assert_eq!(text(&it.store, "n1").as_deref(), Some("words of n1"));
    assert_eq!(it.sweep(line).unwrap(), 2);
    assert_eq!(it.ids("2026-01"), ["n1", "n2"]);
    assert!(fs::read_to_string(it.file("2026-01")).unwrap().contains("changed"));
}

#[test]
fn damage_costs_no_line_that_is_there() {
    let it = box_with(&["n1", "n2"]);
    it.sweep(line).unwrap();
    // The file lost its end.
    let first = fs::read_to_string(it.file("2026-01")).unwrap().lines().next().unwrap().len() as u64 + 1;
    fs::OpenOptions::new().write(true).open(it.file("2026-01")).unwrap().set_len(first).unwrap();
    put(&it.store, "n3", "on").unwrap();
    it.sweep(line).unwrap();
    assert_eq!(it.ids("2026-01"), ["n1", "n3"]);
    // The store lost its note: far more stands there than one chunk can leave.
    let much = vec![b'\n'; 9 << 20];
    fs::write(it.file("2026-02"), &much).unwrap();
    put(&it.store, "n8", "on").unwrap();
    it.sweep(line).unwrap();
    assert_eq!(it.ids("2026-02"), ["n8"]);
    let aside = it.folder.0.join(format!("archive/notes-2026-02.jsonl.{}", much.len()));
    assert_eq!(fs::metadata(aside).unwrap().len(), much.len() as u64);
}

#[test]
fn files_go_when_their_months_are_over() {
    let it = box_with(&["n1", "n7"]);
    it.archive.drop_old(&it.store, JANUARY, 6).unwrap();
    it.sweep(line).unwrap();
    fs::write(it.folder.0.join("archive/notes-2026-01.jsonl.99"), "aside").unwrap();
    fs::write(it.folder.0.join("archive/readme.txt"), "not ours").unwrap();
    let names = || {
        let mut names: Vec<_> = fs::read_dir(it.archive.folder()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    // 2026-07-31: January's six months are just not over.
    it.archive.drop_old(&it.store, Time(1_785_455_999_000), 6).unwrap();
    assert_eq!(names().len(), 4);
    // 2026-08-01
    it.archive.drop_old(&it.store, Time(1_785_542_400_000), 6).unwrap();
    assert_eq!(names(), ["notes-2026-02.jsonl", "readme.txt"]);
    // A file of that month begins anew, with a length of its own.
    put(&it.store, "n1", "anew").unwrap();
    it.sweep(line).unwrap();
    assert_eq!(it.ids("2026-01"), ["n1"]);
}

#[test]
fn what_is_over_is_asked_again_before_it_is_deleted() {
    let it = box_with(&["n1", "n2", "n3", "m1"]);
    let (ending, store, archive) = (AtomicBool::new(false), &it.store, &it.archive);
    let mut sweep =
        Sweep { store, archive, clock: Reading::sure(JANUARY), keep: DAY, ending: &ending, deleted: 0, archived: 0 };
    // In the transaction the neighbours that it has deleted already are gone.
    let is_over = |read: &dyn Read, _: &Note| Ok(read.get::<Note>(b"n2")?.is_some());
    sweep.delete::<Note>(b"n", is_over).unwrap();
    assert_eq!((sweep.deleted, text(&it.store, "n3").is_some(), text(&it.store, "m1").is_some()), (2, true, true));
    ending.store(true, Ordering::Relaxed);
    sweep.delete::<Note>(b"", |_, _| Ok(true)).unwrap();
    assert_eq!(sweep.deleted, 2, "the box is ending");
}
