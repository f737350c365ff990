//! The data folder and the disk it is on: whose it is, what kind of file system, how much room (statvfs(3), proc(5)).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::processes::{Account, Process, holders, real, user_name};
use super::running::Running;
use super::words;
use crate::config::Config;
use crate::words::Word;

pub fn tell(found: &mut Findings, config: &Config, account: &Account, lives: Option<&Running>) {
    let data = &config.this_box.data;
    found.about("data", words::DATA);
    match lives.map(|running| running.text("/store/data")) {
        Some(other) if !other.is_empty() && Path::new(other) != data => {
            found.bad((words::DATA_OTHER, &[other, &data.display().to_string()]), (words::RESTART, &[]));
        }
        _ => tell_folder(found, data, account, lives.is_some()),
    }
    // A folder that is not there yet will be on the disk of the one that is to hold it.
    let there = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    found.about("disk", words::DISK);
    let mount = mount_of(&real(there), &fs::read_to_string("/proc/self/mountinfo").unwrap_or_default());
    if let Some(mount) = &mount {
        tell_file_system(found, data, mount);
    }
    tell_room(found, there, config.store.reserve, mount.as_ref());
}

fn tell_folder(found: &mut Findings, data: &Path, account: &Account, lives: bool) {
    let shown = data.display().to_string();
    let (user, about) = (account.name.as_str(), fs::metadata(data));
    let about = match about {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let may = data.parent().and_then(|parent| fs::metadata(parent).ok());
            return match may.is_some_and(|parent| account.may_read_and_write(&parent)) {
                true => found.good((words::DATA_NEW, &[&shown])),
                false => found.bad((words::DATA_MISSING, &[&shown, user]), (words::DATA_MAKE, &[user, &shown])),
            };
        }
        Err(error) => {
            return found.bad((words::DATA_UNREADABLE, &[&shown, &error.to_string()]), (words::RIGHTS_SUDO, &[]));
        }
        Ok(about) => about,
    };
    if !about.is_dir() {
        return found.bad((words::DATA_NO_FOLDER, &[&shown]), (words::DATA_NAME_ONE, &[]));
    }
    if let Some((path, owner)) = foreign(data, &about, account) {
        let (path, owner) = (path.display().to_string(), user_name(owner));
        return found.bad((words::DATA_FOREIGN, &[&path, &owner, user]), (words::DATA_OWN, &[user, &shown]));
    }
    if let Err(error) = fs::read_dir(data) {
        return found.bad((words::DATA_UNREADABLE, &[&shown, &error.to_string()]), (words::RIGHTS_SUDO, &[]));
    }
    if let Some(process) = other_box(data).filter(|_| !lives) {
        return found.bad((words::DATA_IN_USE, &[&shown, &process.shown()]), (words::DATA_END_IT, &[]));
    }
    if about.mode() & 0o007 != 0 {
        return found.note((words::DATA_OPEN, &[&shown]), (words::DATA_CLOSE, &[&shown]));
    }
    found.good((words::DATA_GOOD, &[&shown, &user_name(about.uid())]));
}

/// The first thing in the folder that the box may not use: what `serve` once left that ran as another user.
fn foreign(data: &Path, about: &fs::Metadata, account: &Account) -> Option<(PathBuf, u32)> {
    if !account.may_read_and_write(about) {
        return Some((data.to_owned(), about.uid()));
    }
    let below = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let two_levels = below(data).flat_map(|path| below(&path).collect::<Vec<_>>().into_iter().chain([path]));
    two_levels
        .filter_map(|path| fs::symlink_metadata(&path).ok().map(|about| (path, about)))
        .find(|(_, about)| !about.is_symlink() && !account.may_read_and_write(about))
        .map(|(path, about)| (path, about.uid()))
}

/// The process that has the store's lock.
fn other_box(data: &Path) -> Option<Process> {
    holders(real(&data.join("lock")).to_str()?).into_iter().next()
}

/// A line of mountinfo (proc(5)).
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    point: PathBuf,
    kind: String,
    read_only: bool,
}

/// The mount that a path lies on: the longest of those that lead to it, and of equal ones the last, which covers them.
fn mount_of(path: &Path, mountinfo: &str) -> Option<Mount> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let (own, shared) = line.split_once(" - ")?;
        let own: Vec<&str> = own.split(' ').collect();
        let (point, options) = (plain(own.get(4)?), *own.get(5)?);
        let mut of_disk = shared.split(' ');
        let (kind, disk_options) = (of_disk.next()?.to_owned(), of_disk.nth(1).unwrap_or(""));
        let read_only = [options, disk_options].iter().any(|options| options.split(',').any(|o| o == "ro"));
        Some(Mount { point, kind, read_only })
    });
    mounts.filter(|mount| path.starts_with(&mount.point)).max_by_key(|mount| mount.point.components().count())
}

/// Blanks and backslashes are written as octal numbers there.
fn plain(text: &str) -> PathBuf {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\").into()
}

/// File systems that do not keep what they say they keep.
const UNSURE: [(&[&str], Word); 4] = [
    (&["tmpfs", "ramfs", "devtmpfs"], words::IN_MEMORY),
    (&["vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk"], words::NO_JOURNAL),
    (&["nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse.sshfs"], words::OVER_NETWORK),
    (&["overlay", "aufs", "squashfs"], words::OVERLAID),
];

fn tell_file_system(found: &mut Findings, data: &Path, mount: &Mount) {
    let (data, point) = (data.display().to_string(), mount.point.display().to_string());
    if mount.read_only {
        return found.bad((words::READ_ONLY, &[&data]), (words::READ_ONLY_HELP, &[&point]));
    }
    if let Some((_, why)) = UNSURE.iter().find(|(kinds, _)| kinds.contains(&mount.kind.as_str())) {
        let why = why.with(found.lang, &[&mount.kind]);
        found.note((words::UNSURE_DISK, &[&data, &why]), (words::SURE_DISK, &[]));
    }
}

fn tell_room(found: &mut Findings, path: &Path, reserve: u64, mount: Option<&Mount>) {
    let Ok(room) = rustix::fs::statvfs(path) else { return };
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    let kind = mount.map_or("", |mount| mount.kind.as_str());
    let shown = (size(free), size(reserve));
    let (free_shown, reserve_shown) = (shown.0.as_str(), shown.1.as_str());
    let point = mount.map_or_else(|| path.display().to_string(), |mount| mount.point.display().to_string());
    if room.f_files > 0 && room.f_favail == 0 {
        found.bad((words::NO_FILES_LEFT, &[]), (words::DISK_HELP, &[&point]));
    } else if free < reserve {
        found.bad((words::DISK_FULL, &[free_shown, reserve_shown]), (words::DISK_HELP, &[&point]));
    } else if free < reserve.saturating_mul(3) {
        // The view may take twice the reserve in one quiet hour (compaction writes it anew).
        found.note((words::DISK_LOW, &[free_shown, reserve_shown]), (words::DISK_HELP, &[&point]));
    } else {
        found.good((words::DISK_GOOD, &[free_shown, reserve_shown, kind]));
    }
}

/// Octets as people read them.
pub fn size(octets: u64) -> String {
    match octets {
        0..1024 => format!("{octets} B"),
        1024..0x10_0000 => format!("{} KiB", octets >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", octets >> 20),
        _ => format!("{:.1} GiB", octets as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
30 22 0:5 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1000k
31 22 179:1 / /boot/my\\040card ro,relatime shared:2 master:1 - vfat /dev/mmcblk0p1 rw
32 22 179:3 / /var/lib rw shared:3 - ext4 /dev/mmcblk0p3 ro,errors=remount-ro
33 30 0:9 / /tmp rw - overlay overlay rw,lowerdir=/a";

    #[test]
    fn a_path_lies_on_the_mount_next_above_it() {
        let on = |path: &str| mount_of(Path::new(path), MOUNTS).map(|m| (m.kind, m.read_only)).unwrap_or_default();
        assert_eq!(on("/home/x"), ("ext4".to_owned(), false));
        assert_eq!(on("/tmpfs"), ("ext4".to_owned(), false));
        assert_eq!(on("/tmp/x"), ("overlay".to_owned(), false), "the later mount covers the earlier");
        assert_eq!(on("/boot/my card"), ("vfat".to_owned(), true));
        assert_eq!(on("/var/lib/yizhan"), ("ext4".to_owned(), true), "a disk that fell back to read-only");
        assert_eq!(mount_of(Path::new("/"), ""), None);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!([0, 2048, 64 << 20, 3 << 29].map(size), ["0 B", "2 KiB", "64 MiB", "1.5 GiB"]);
    }
}
