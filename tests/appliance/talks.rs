//! The talks: what people text and what they get back, in files that a shop-owner can read (`tests/data/talks/*.talk`).
//! Each is played on a box of its own with the sample companies, from noon on a Sunday on: once on a box in this process,
//! and once on the program in another one with a modem on a serial line, which `YIZHAN_BOX` may name (`tests/emulated`).
//!
//! ```text
//! # words for the reader
//! @ +8613912345678                    who texts from here on (a code or letters too)
//! > text                              that phone texts; {500×好} is that word so many times; > alone is an empty text
//! >> text                             one text that the network brings twice
//! >2/5 text                           one part of a long text; the next long text begins when all parts were sent
//! < line                              what that phone gets; lines together are one reply, compared exactly;
//! < …                                   as the last line it stands for any rest. A blank line parts two replies
//! -                                   nothing comes, although the box has read and stored everything
//! ^ push words                        a WAP push came with these words in it; also ^ card; ^ nothing: neither. Where a talk
//!                                     does not ask for them, the phone shows none
//! ~ 10 min                            time passes (s, min, h, days)
//! = GET /s/juhelou/ contains words    what a page shows; /api/… is asked on the local socket
//! = GET /s/juhelou/ not contains words
//! * owner answers guestbook of juhelou: text        the newest post
//! * owner hides guestbook of juhelou: words in it   the newest with these words; also `shows`
//! * owner takes 九转大肠 off juhelou                 the site is brought in again without that item
//! * operator suspends juhelou                       also `resumes`, `closes`
//! * operator opens 山里红杂货 as shanli in retail
//! * operator holds the queue                        also `releases`, `empties`
//! ! unplug, ! plug                    the modem (a minute passes until it is found again)
//! ! restart                           the box, on the same folder
//! ! off 3 days                        the box, which has no clock chip: its machine then says 1970, and nobody the time
//! ! network time                      the mobile network tells the time
//! ! modem chatter                     what the simulated modem does from here on, in its own words (sim/modem/faults.rs)
//! ! full, ! space                     the disk (a minute passes until the modem's storage is looked at)
//! ```
//! A screen of more than two segments fails wherever it comes. After a change of wording, `YIZHAN_TALKS=write cargo test
//! talks` writes into the files what was answered, to be read before it is kept.

mod language;
mod place;
mod stage;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::Semaphore;

use crate::harness;
use language::{Deed, Step};
use place::Venue;
use stage::Stage;
use yizhan::sms::parts::segments;

/// The most that a screen may be.
const SCREEN_SEGMENTS: usize = 2;
#[tokio::test(flavor = "multi_thread")]
async fn every_talk_goes_as_it_is_written() {
    play_all(Venue::Here).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_talk_goes_so_on_the_program() {
    play_all(Venue::There).await;
}

async fn play_all(venue: Venue) {
    let mut files: Vec<_> = std::fs::read_dir(harness::data("talks")).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "talk"));
    files.sort();
    assert!(!files.is_empty(), "there is no talk");
    let boxes = Arc::new(Semaphore::new(venue.boxes()));
    let begun = Instant::now();
    let mut playing = Vec::new();
    for file in files {
        let boxes = Arc::clone(&boxes);
        playing.push(tokio::spawn(async move {
            let _one = boxes.acquire_owned().await.unwrap();
            played(&file, venue).await
        }));
    }
    let (mut faults, mut skipped, count) = (Vec::new(), 0, playing.len());
    for talk in playing {
        match talk.await.unwrap() {
            Outcome::Good => {}
            Outcome::Skipped(why) => {
                skipped += 1;
                println!("skipped {why}");
            }
            Outcome::Fault(why) => faults.push(why),
        }
    }
    println!("{} talks in {:.0?}, {skipped} skipped", count - skipped, begun.elapsed());
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

enum Outcome {
    Good,
    /// Which, and why.
    Skipped(String),
    /// With file and line.
    Fault(String),
}

async fn played(file: &Path, venue: Venue) -> Outcome {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).unwrap();
    let steps = match language::read(&text) {
        Ok(steps) => steps,
        Err((line, why)) => return Outcome::Fault(format!("{name}:{line}: {why}")),
    };
    if let Some(why) = venue.lacks(&steps) {
        return Outcome::Skipped(format!("{name}: {why}"));
    }
    let write = venue == Venue::Here && std::env::var("YIZHAN_TALKS").is_ok_and(|v| v == "write");
    let line = Arc::new(AtomicUsize::new(0));
    let mut talk = Talk { line: Arc::clone(&line), write, heard: Vec::new() };
    // A task of its own, so that a panic in the harness is told with its line too.
    let ended = tokio::spawn(async move {
        let mut stage = Stage::new(venue.open().await).await;
        let outcome = talk.play(&mut stage, &steps).await;
        let outcome = outcome.map_err(|why| format!("{why}\n{}", stage.place.errors()).trim_end().to_owned());
        stage.place.end().await;
        (outcome, talk.heard)
    });
    let (outcome, heard) = match ended.await {
        Ok(played) => played,
        Err(panic) => (Err(panic.to_string()), Vec::new()),
    };
    if !heard.is_empty() {
        std::fs::write(file, written(&text, &heard)).unwrap();
    }
    match outcome {
        Ok(()) => Outcome::Good,
        Err(why) => Outcome::Fault(format!("{name}:{}: {why}", line.load(Ordering::Relaxed))),
    }
}

struct Talk {
    /// Where the talk is.
    line: Arc<AtomicUsize>,
    write: bool,
    /// Replies by their first line in the file, how many lines they are there, and what came.
    heard: Vec<(usize, usize, String)>,
}

impl Talk {
    async fn play(&mut self, stage: &mut Stage, steps: &[Step]) -> Result<(), String> {
        // The owner's own words may be longer than a screen.
        let mut owner_spoke = false;
        for step in steps {
            self.line.store(step.line, Ordering::Relaxed);
            if let Deed::Reply(lines) = &step.deed {
                let came = stage.reply().await?;
                self.compare(step.line, lines, &came)?;
                let count = segments(&came);
                if count > SCREEN_SEGMENTS && !std::mem::take(&mut owner_spoke) {
                    return Err(format!("a screen of {count} segments:\n{came}"));
                }
                continue;
            }
            owner_spoke |= matches!(step.deed, Deed::Answers { .. });
            stage.act(&step.deed).await?;
        }
        stage.silence().await.map_err(|why| format!("at the end {why}"))
    }

    fn compare(&mut self, line: usize, expected: &[String], came: &str) -> Result<(), String> {
        let open = expected.last().is_some_and(|l| l == "…");
        let wanted = if open { &expected[..expected.len() - 1] } else { expected };
        let lines: Vec<&str> = came.split('\n').collect();
        let fits = if open { lines.starts_with(&borrowed(wanted)) } else { lines == borrowed(wanted) };
        if fits {
            return Ok(());
        }
        if self.write {
            self.heard.push((line, expected.len(), came.to_owned()));
            return Ok(());
        }
        Err(difference(wanted, &lines))
    }
}

fn borrowed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// The two texts with what only one of them has marked.
fn difference(expected: &[String], came: &[&str]) -> String {
    let same = |(a, b): &(&String, &&str)| a.as_str() == **b;
    let head = expected.iter().zip(came).take_while(same).count();
    let tail = expected[head..].iter().rev().zip(came[head..].iter().rev()).take_while(same).count();
    let mut out = "another reply came".to_owned();
    let mut add = |mark: &str, line: &str| out.push_str(&format!("\n  {mark} {line}"));
    expected[..head].iter().for_each(|l| add(" ", l));
    expected[head..expected.len() - tail].iter().for_each(|l| add("-", l));
    came[head..came.len() - tail].iter().for_each(|l| add("+", l));
    came[came.len() - tail..].iter().for_each(|l| add(" ", l));
    out
}

/// The talk with the replies that came.
fn written(talk: &str, heard: &[(usize, usize, String)]) -> String {
    let mut out = String::new();
    let mut skip = 0;
    for (number, line) in talk.lines().enumerate().map(|(n, l)| (n + 1, l)) {
        if let Some((_, count, came)) = heard.iter().find(|(first, ..)| *first == number) {
            came.split('\n').for_each(|l| out.push_str(&format!("{}\n", format!("< {l}").trim_end())));
            skip = *count;
        }
        if skip > 0 {
            skip -= 1;
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
