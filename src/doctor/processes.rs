//! Who is who on this machine, read from `/proc` and the user files: which process has something open, and as whom the
//! box runs (proc(5), passwd(5), group(5)).
//!
//! Without root the open files of other users' processes cannot be seen: what is not found may still be there.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::words;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub id: u32,
    /// As its own command line begins, without the folder.
    pub name: String,
}

impl Process {
    pub fn shown(&self) -> String {
        format!("{} ({})", self.name, self.id)
    }
}

/// All but this one.
pub fn all() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| *id != std::process::id()).map(|id| Process { id, name: name_of(id) })
}

/// Who has this file, device or socket open, by what the links in `/proc/*/fd` say: a path, or `socket:[inode]`.
pub fn holders(link: &str) -> Vec<Process> {
    let holds = |process: &Process| {
        let open = fs::read_dir(format!("/proc/{}/fd", process.id)).into_iter().flatten().flatten();
        open.filter_map(|file| fs::read_link(file.path()).ok()).any(|target| target.as_os_str() == link)
    };
    all().filter(holds).collect()
}

/// Its command line's words.
pub fn command_of(id: u32) -> Vec<String> {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let words = line.split(|octet| *octet == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn name_of(id: u32) -> String {
    let first = command_of(id).into_iter().next().unwrap_or_default();
    let name = first.rsplit('/').next().unwrap_or_default().trim_end_matches(':');
    if !name.is_empty() && !name.contains(' ') {
        return name.to_owned();
    }
    fs::read_to_string(format!("/proc/{id}/comm")).map_or_else(|_| "?".to_owned(), |comm| comm.trim().to_owned())
}

/// A user with its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub user: u32,
    pub groups: Vec<u32>,
}

/// The user that the packages make for the box.
const USER: &str = "yizhan";

impl Account {
    /// As whom the box runs, or would: the running one's, its unit's, the packages'; else whoever asks.
    pub fn of_the_box(running: Option<u32>, unit: Option<&str>) -> Account {
        let of_name = |name: &str| Account::named(name, &read("/etc/passwd"), &read("/etc/group"));
        let of_status = |id: &str| Account::of_status(&read(&format!("/proc/{id}/status")));
        let of_unit = || unit.filter(|name| !name.is_empty()).and_then(of_name);
        let running = running.and_then(|id| of_status(&id.to_string()));
        running.or_else(of_unit).or_else(|| of_name(USER)).unwrap_or_else(Account::own)
    }

    /// Whoever asks.
    fn own() -> Account {
        let read = Account::of_status(&read("/proc/self/status"));
        read.unwrap_or_else(|| Account { name: "?".to_owned(), user: u32::MAX, groups: Vec::new() })
    }

    pub fn may_read_and_write(&self, file: &fs::Metadata) -> bool {
        let (mode, needed) = (file.mode(), 0o6);
        let class = match () {
            () if self.user == 0 => return true,
            () if file.uid() == self.user => mode >> 6,
            () if self.groups.contains(&file.gid()) => mode >> 3,
            () => mode,
        };
        class & needed == needed
    }

    fn of_status(status: &str) -> Option<Account> {
        let numbers = |name: &str| -> Option<Vec<u32>> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.split_whitespace().filter_map(|number| number.parse().ok()).collect())
        };
        // Real, effective, saved, file system: the last one is held against files.
        let (user, group) = (*numbers("Uid:")?.get(3)?, *numbers("Gid:")?.get(3)?);
        let mut groups = numbers("Groups:").unwrap_or_default();
        groups.push(group);
        Some(Account { name: user_name(user), user, groups })
    }

    fn named(name: &str, passwd: &str, group: &str) -> Option<Account> {
        let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|f| f[0] == name)?;
        let (user, own) = (fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?);
        let belongs =
            |line: &&str| line.rsplit(':').next().is_some_and(|members| members.split(',').any(|m| m == name));
        let number = |line: &str| line.split(':').nth(2).and_then(|number| number.parse().ok());
        let mut groups: Vec<u32> = group.lines().filter(belongs).filter_map(number).collect();
        groups.push(own);
        Some(Account { name: name.to_owned(), user, groups })
    }
}

pub fn user_name(user: u32) -> String {
    name_in(&read("/etc/passwd"), user)
}

pub fn group_name(group: u32) -> String {
    name_in(&read("/etc/group"), group)
}

fn name_in(file: &str, wanted: u32) -> String {
    let is_it = |line: &&str| line.split(':').nth(2).is_some_and(|number| number.parse() == Ok(wanted));
    let name = file.lines().find(is_it).and_then(|line| line.split(':').next());
    name.map_or_else(|| wanted.to_string(), str::to_owned)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Who is not root sees half of it, and should know.
pub fn tell_rights(found: &mut Findings) {
    let own = Account::own();
    if own.user != 0 {
        found.about("rights", words::RIGHTS);
        found.note((words::RIGHTS_FEW, &[&own.name]), (words::RIGHTS_SUDO, &[]));
    }
}

/// Where a path leads in the end; itself if nowhere.
pub fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn users_and_their_groups() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nyizhan:x:998:997::/var/lib/yizhan:/usr/sbin/nologin\n";
        let group = "root:x:0:\ndialout:x:20:shop,yizhan\nshop:x:1000:yizhan2\nyizhan:x:997:\n";
        let account = Account::named("yizhan", passwd, group).unwrap();
        assert_eq!((account.user, account.groups.as_slice()), (998, [20, 997].as_slice()));
        assert_eq!(Account::named("yizha", passwd, group), None);
        assert_eq!((name_in(group, 20), name_in(group, 5)), ("dialout".to_owned(), "5".to_owned()));
        let status = "Name:\tyizhan\nUid:\t998\t998\t998\t998\nGid:\t997\t997\t997\t997\nGroups:\t20 44 \n";
        assert_eq!(Account::of_status(status).unwrap().groups, [20, 44, 997]);
        assert_eq!(Account::of_status(""), None);
    }

    #[test]
    fn this_test_holds_its_file() {
        // Its own process is left out, so a child holds it.
        let path = std::env::temp_dir().join(format!("yizhan-held-{}", std::process::id()));
        let file = fs::File::create(&path).unwrap();
        let (given, taken) = (std::process::Stdio::piped(), std::process::Stdio::piped());
        let mut child = std::process::Command::new("cat").stdin(given).stdout(taken).stderr(file).spawn().unwrap();
        // Once it echoes it has its own name: a process that was just made still bears its parent's.
        child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let held = holders(real(&path).to_str().unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(held, [Process { id: child.id(), name: "cat".to_owned() }]);
    }
}
