//! What the disk allows at most: a file that grows by so many octets and an `fdatasync` each time, by one writer or by
//! several that share the file under a lock. Also with room made ahead of the end, which spares the sync the file's
//! length and blocks: allocated, written with zeros, or left by a file that was there before.
//!
//! Not here: any of our own code.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate, major, minor};
use serde_json::{Value, json};

/// So much room is made at a time.
const AHEAD_BYTES: u64 = 256 * 1024;
/// Longer than any run writes.
const RECYCLED_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Grow,
    Fallocate,
    Zeros,
    Recycled,
}

impl Room {
    pub fn named(name: &str) -> Option<Room> {
        let all = [
            ("grow", Room::Grow),
            ("fallocate", Room::Fallocate),
            ("zeros", Room::Zeros),
            ("recycled", Room::Recycled),
        ];
        all.into_iter().find(|(own, _)| *own == name).map(|(_, room)| room)
    }
}

struct Log {
    file: File,
    length: u64,
    room: Room,
    made: u64,
}

impl Log {
    fn append(&mut self, octets: &[u8]) -> io::Result<()> {
        let end = self.length + octets.len() as u64;
        if end > self.made {
            match self.room {
                Room::Grow | Room::Recycled => {}
                Room::Fallocate => fallocate(&self.file, FallocateFlags::empty(), self.made, AHEAD_BYTES)?,
                Room::Zeros => self.file.write_all_at(&[0; AHEAD_BYTES as usize], self.made)?,
            }
            self.made += AHEAD_BYTES;
        }
        self.file.write_all_at(octets, self.length)?;
        self.file.sync_data()?;
        self.length = end;
        Ok(())
    }
}

/// Appends of `octets` by `writers` threads for `seconds`.
pub fn run(folder: &Path, room: Room, octets: usize, writers: usize, seconds: f64) -> io::Result<Value> {
    fs::create_dir_all(folder)?;
    let path = folder.join("floor");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    if room == Room::Recycled {
        (0..RECYCLED_BYTES / AHEAD_BYTES).try_for_each(|_| file.write_all(&[0; AHEAD_BYTES as usize]))?;
    }
    file.sync_all()?;
    File::open(folder)?.sync_all()?;
    let device = Device::of(folder)?;
    let before = device.written()?;
    let log = Mutex::new(Log { file, length: 0, room, made: 0 });
    let record = vec![b'x'; octets];
    let (began, length) = (Instant::now(), Duration::from_secs_f64(seconds));
    let write = || -> io::Result<u64> {
        let mut count = 0;
        while began.elapsed() < length {
            log.lock().map_err(|_| io::Error::other("another writer panicked"))?.append(&record)?;
            count += 1;
        }
        Ok(count)
    };
    let counts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|_| scope.spawn(write)).collect();
        threads
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|_| Err(io::Error::other("panicked"))))
            .sum::<io::Result<u64>>()
    })?;
    let took = began.elapsed();
    let written = device.written()?;
    fs::remove_file(&path)?;
    Ok(json!({
        "per_s": counts as f64 / took.as_secs_f64(),
        "device_octets_each": before.zip(written).map(|(b, w)| (w - b) as f64 / counts as f64),
    }))
}

/// The block device below a folder: everybody's writes to it are counted.
pub struct Device(std::path::PathBuf);

impl Device {
    pub fn of(folder: &Path) -> io::Result<Device> {
        let number = fs::metadata(folder)?.dev();
        Ok(Device(format!("/sys/dev/block/{}:{}/stat", major(number), minor(number)).into()))
    }

    /// Octets written since the machine started; `None` below what is no block device.
    pub fn written(&self) -> io::Result<Option<u64>> {
        // Sectors of 512 octets are the seventh number (Documentation/block/stat.rst of the kernel).
        let Ok(text) = fs::read_to_string(&self.0) else { return Ok(None) };
        Ok(text.split_whitespace().nth(6).and_then(|n| n.parse::<u64>().ok()).map(|sectors| sectors * 512))
    }
}
