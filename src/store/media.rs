//! Pictures: files named by what is in them, `pictures/<first 32 hexadecimal digits of SHA-256>.<extension>`.
//!
//! Files and not records, because the view leaks large values; named by their hash, so that a name never means another
//! picture, may be cached for ever, and is the same on the box and at the hub. Not here: what a picture is (the caller
//! has decoded it), who may see it, and which are still used.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::disk::{self, Room, Space, failed};
use crate::error::{Error, Result};
use crate::words::{Lang, Word};

/// What browsers and WAP phones show: HTML's five, and WBMP (WAP-237) for WML.
pub const EXTENSIONS: [&str; 6] = ["png", "jpg", "gif", "webp", "wbmp", "svg"];
/// 128 bits: no two pictures of a town share them by chance.
const NAME_DIGITS: usize = 32;

const TOO_LARGE: Word = Word::new("文件太大，最多 {} KiB", "The file is too large: at most {} KiB");
const NOT_A_PICTURE: Word = Word::new("不支持这种文件", "This kind of file is not supported");

/// The pictures of a box. Cheap to clone; its calls wait for the disk, so not on an async worker.
#[derive(Clone)]
pub struct Media {
    dir: PathBuf,
    space: Arc<Space>,
    /// What was put since `take_put`: a record that names it may be on its way.
    put: Arc<Mutex<HashSet<String>>>,
}

impl Media {
    pub(super) fn open(data: &Path, space: Arc<Space>) -> Result<Media> {
        let dir = data.join("pictures");
        disk::make_directory(&dir)?;
        disk::remove_leftovers(&dir)?;
        Ok(Media { dir, space, put: Arc::default() })
    }

    /// Keeps a picture and says its name; durable when this returns, and fine if it is there already. Refuses more than
    /// `limit_bytes`, extensions that are not in `EXTENSIONS`, and anything when the disk is full.
    pub fn put(&self, bytes: &[u8], extension: &str, limit_bytes: usize) -> Result<String> {
        if !EXTENSIONS.contains(&extension) {
            return Err(Error::invalid("picture", NOT_A_PICTURE.say(Lang::default())));
        }
        if bytes.len() > limit_bytes {
            let limit_kib = (limit_bytes / 1024).to_string();
            return Err(Error::invalid("picture", TOO_LARGE.with(Lang::default(), &[&limit_kib])));
        }
        let hash: String = Sha256::digest(bytes).iter().map(|octet| format!("{octet:02x}")).collect();
        let name = format!("{}.{extension}", &hash[..NAME_DIGITS]);
        let path = self.dir.join(&name);
        self.lock().insert(name.clone());
        // A file has its name only once it is whole and durable; another length is damage, and is written over.
        if fs::metadata(&path).is_ok_and(|found| found.len() == bytes.len() as u64) {
            // Whoever put it may have been cut off, or be, before the name itself was durable.
            disk::sync_directory(&self.dir)?;
            return Ok(name);
        }
        if self.space.room() != Room::Enough {
            return Err(Error::Full);
        }
        disk::replace(&path, bytes)?;
        Ok(name)
    }

    /// The names of all pictures, in no order.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed("reading", &self.dir))? {
            let name = entry.map_err(failed("reading", &self.dir))?.file_name().to_string_lossy().into_owned();
            if is_name(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// What was put since this was last asked, and since the start.
    pub fn take_put(&self) -> HashSet<String> {
        std::mem::take(&mut *self.lock())
    }

    /// Removes a picture, unless it was put since `take_put`; says whether it is gone. That no record names it, the caller
    /// knows.
    pub fn remove(&self, name: &str) -> Result<bool> {
        let path = self.path(name)?;
        // Held until the file is gone: who puts it now writes it anew.
        let put = self.lock();
        if put.contains(name) {
            return Ok(false);
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(e) => Err(failed("removing", &path)(e)),
        }
    }

    /// Where the pictures are.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// `NotFound` for a name that is none, or of nothing.
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name)?;
        fs::read(&path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => Error::NotFound,
            _ => failed("reading", &path)(e),
        })
    }

    /// Where a picture is if it is there; `NotFound` for a name that `put` cannot have made.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        if is_name(name) { Ok(self.dir.join(name)) } else { Err(Error::NotFound) }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.put.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names of pictures that stand somewhere in stored octets.
pub fn names_in(octets: &[u8]) -> impl Iterator<Item = &str> {
    let dots = octets.iter().enumerate().filter(|(_, octet)| **octet == b'.').map(|(at, _)| at);
    dots.filter_map(|dot| {
        let from = dot.checked_sub(NAME_DIGITS)?;
        let extension = EXTENSIONS.iter().find(|extension| octets[dot + 1..].starts_with(extension.as_bytes()))?;
        let name = std::str::from_utf8(&octets[from..=dot + extension.len()]).ok()?;
        is_name(name).then_some(name)
    })
}

/// Only what `put` makes: so no name leads out of the directory.
fn is_name(name: &str) -> bool {
    let is_digit = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
    name.split_once('.').is_some_and(|(hash, extension)| {
        hash.len() == NAME_DIGITS && hash.bytes().all(is_digit) && EXTENSIONS.contains(&extension)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::tests::Folder;

    fn media(folder: &Folder, free: u64) -> Media {
        let space = Space::new(&folder.0, 1000, Arc::new(move |_: &Path| Ok(free)), Clock::machine());
        Media::open(&folder.0, Arc::new(space)).unwrap()
    }

    #[test]
    fn a_picture_is_named_by_its_octets_and_kept_once() {
        let folder = Folder::new();
        let media = media(&folder, 5000);
        let name = media.put(b"abc", "png", 3).unwrap();
        // SHA-256 of "abc" from FIPS 180-2, appendix B.1.
        assert_eq!(name, "ba7816bf8f01cfea414140de5dae2223.png");
        assert_eq!(media.put(b"abc", "png", 3).unwrap(), name);
        assert_eq!(media.read(&name).unwrap(), b"abc");
        assert_eq!(fs::read_dir(&media.dir).unwrap().count(), 1, "nothing temporary is left");
        fs::write(media.path(&name).unwrap(), b"a").unwrap();
        media.put(b"abc", "png", 3).unwrap();
        assert_eq!(media.read(&name).unwrap(), b"abc", "a cut file is written again");
    }

    #[test]
    fn what_may_not_be_kept_is_refused() {
        let folder = Folder::new();
        let full = media(&folder, 900);
        let media = media(&folder, 5000);
        assert!(matches!(media.put(b"abcd", "png", 3), Err(Error::Invalid { .. })));
        for extension in ["", "exe", "PNG", "png/../x", "html"] {
            assert!(matches!(media.put(b"abc", extension, 3), Err(Error::Invalid { .. })), "{extension}");
        }
        assert_eq!(full.put(b"abc", "png", 3), Err(Error::Full));
        media.put(b"abc", "png", 3).unwrap();
        assert!(full.put(b"abc", "png", 3).is_ok(), "what is there needs no room");
    }

    #[test]
    fn no_name_leads_out() {
        let folder = Folder::new();
        fs::write(folder.0.join("secret.png"), b"x").unwrap();
        let media = media(&folder, 5000);
        let hash = "ba7816bf8f01cfea414140de5dae2223";
        let mut names =
            ["", ".", "..", "../secret.png", "/etc/passwd", "secret.png", "ba78.png"].map(String::from).to_vec();
        names.extend([
            hash.to_owned(),
            format!("{hash}."),
            format!("{hash}.exe"),
            format!("{hash}.png/"),
            format!("{hash}.png\0"),
        ]);
        names.extend([
            format!("../pictures/{hash}.png"),
            format!("{}.png", hash.to_uppercase()),
            format!("./{hash}.png"),
        ]);
        names.push(format!("{}.png", "..".repeat(16)));
        for name in names {
            assert_eq!(media.path(&name), Err(Error::NotFound), "{name}");
            assert_eq!(media.read(&name), Err(Error::NotFound), "{name}");
        }
        assert_eq!(media.read(&format!("{hash}.png")), Err(Error::NotFound));
    }

    #[test]
    fn names_are_found_in_stored_octets() {
        let (one, two) = ("ba7816bf8f01cfea414140de5dae2223.png", "00000000000000000000000000000000.webp");
        let octets = [b"\x93\xd9.", one.as_bytes(), b"|640|480\xa0![x](", two.as_bytes(), b"|1|2)\xff.png"].concat();
        assert_eq!(names_in(&octets).collect::<Vec<_>>(), [one, two]);
        for none in [&octets[4..39], b"", b".", b".png", &one.as_bytes()[1..], one.to_uppercase().as_bytes()] {
            assert_eq!(names_in(none).count(), 0);
        }
    }

    #[test]
    fn what_is_put_again_is_not_removed() {
        let folder = Folder::new();
        let media = media(&folder, 5000);
        let name = media.put(b"abc", "png", 3).unwrap();
        assert!(!media.remove(&name).unwrap(), "a record that names it may be on its way");
        assert_eq!((media.take_put().len(), media.names().unwrap()), (1, vec![name.clone()]));
        assert!(media.clone().put(b"abc", "png", 3).is_ok() && !media.remove(&name).unwrap(), "also where it is there");
        media.take_put();
        assert!(media.remove(&name).unwrap() && media.remove(&name).unwrap());
        assert_eq!((media.names().unwrap().len(), media.read(&name)), (0, Err(Error::NotFound)));
        assert_eq!(media.remove("../lock"), Err(Error::NotFound));
    }

    #[test]
    fn leftovers_of_a_power_cut_go_at_the_start() {
        let folder = Folder::new();
        let dir = media(&folder, 5000).dir;
        fs::write(dir.join("ba7816bf8f01cfea414140de5dae2223.png.tmp-0"), b"half").unwrap();
        media(&folder, 5000);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
    }
}
