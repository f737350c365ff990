//! Whether a time server keeps the machine's clock. The kernel knows (`adjtimex`), but no well-kept crate asks it
//! without unsafe code, so it is read from what the programs that set the clock leave behind.

use std::path::Path;
use std::time::SystemTime;

/// systemd-timesyncd makes it with the first answer of a server after a start (systemd-time-wait-sync(8)).
const MARK: &str = "/run/systemd/timesync/synchronized";
/// Written by those who know the time, and never by others: chrony, ntpsec, ntp, OpenNTPD, in the places of Debian and
/// others. They stay over a start, so only one written since counts.
const DRIFTS: [&str; 6] = [
    "/var/lib/chrony/chrony.drift",
    "/var/lib/chrony/drift",
    "/var/lib/ntpsec/ntp.drift",
    "/var/lib/ntp/ntp.drift",
    "/var/lib/openntpd/db/ntpd.drift",
    "/var/db/ntpd.drift",
];

/// False if nothing tells: a folder that this user may not read, or another program.
pub fn is_synchronised() -> bool {
    Path::new(MARK).exists() || DRIFTS.iter().any(|path| is_of_this_start(Path::new(path)))
}

/// Whether a file was written since the machine started, by the machine's own clock.
fn is_of_this_start(path: &Path) -> bool {
    let age = || SystemTime::elapsed(&path.metadata().ok()?.modified().ok()?).ok();
    let uptime = || std::fs::read_to_string("/proc/uptime").ok()?.split(['.', ' ']).next()?.parse::<u64>().ok();
    matches!((age(), uptime()), (Some(age), Some(uptime)) if age.as_secs() < uptime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_file_of_an_earlier_start_tells_nothing() {
        let path = std::env::temp_dir().join(format!("yizhan-drift-{}", std::process::id()));
        assert!(!is_of_this_start(&path));
        let file = std::fs::File::create(&path).expect("a file");
        assert!(is_of_this_start(&path));
        let years = std::time::Duration::from_secs(40 * 365 * 86_400);
        for moved in [SystemTime::now() - years, SystemTime::now() + years] {
            file.set_modified(moved).expect("a time");
            assert!(!is_of_this_start(&path));
        }
        std::fs::remove_file(&path).expect("gone");
    }
}
