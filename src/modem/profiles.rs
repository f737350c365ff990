//! What differs between modems, one row each; the driver knows no makers.
//!
//! A new modem is a new row, and a field of `Profile` if it does what none did before.

/// How messages in storage are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// `AT+CMGL=4`, everything at once.
    List,
    /// `AT+CPMS?`, then `AT+CMGR` slot by slot, for those that hang in `CMGL`.
    ByIndex,
}

#[derive(Debug)]
pub struct Profile {
    /// As in the config's `profile`.
    pub name: &'static str,
    /// Words, in lower case, in the answers to `CGMI`, `CGMM` or `ATI`; the first row with one of them is taken.
    pub detect: &'static [&'static str],
    /// Sent once `CMEE` is on; refusals are ignored.
    pub init: &'static [&'static str],
    /// Storage commands, tried in order until one is taken.
    pub storage: &'static [&'static str],
    /// Announcement of new messages, tried in order until one is taken (3GPP TS 27.005, 3.4.1).
    pub notify: &'static [&'static str],
    /// Makes the modem set its clock to the network's local time (27.007, 8.40).
    pub time: &'static str,
    pub listing: Listing,
}

/// Three stores, two, one, for modems that know fewer; then the phone's own memory for those without a SIM store.
const STORAGE: &[&str] = &[
    "AT+CPMS=\"SM\",\"SM\",\"SM\"",
    "AT+CPMS=\"SM\",\"SM\"",
    "AT+CPMS=\"SM\"",
    "AT+CPMS=\"ME\",\"ME\",\"ME\"",
    "AT+CPMS=\"ME\"",
];

/// Stored and announced by `+CMTI`, no status reports; buffered while the link is busy where that is known.
const NOTIFY: &[&str] = &[
    "AT+CNMI=2,1,0,0,0",
    "AT+CNMI=2,1",
    "AT+CNMI=1,1,0,0,0",
    "AT+CNMI=1,1",
    "AT+CNMI=3,1,0,0,0",
    "AT+CNMI=3,1",
    "AT+CNMI=2,1,0,0,1",
];

/// For makers whose modems claim mode 2 and then refuse it or lose announcements.
const NOTIFY_MODE_1: &[&str] =
    &["AT+CNMI=1,1,0,0,0", "AT+CNMI=1,1,0,0,1", "AT+CNMI=1,1", "AT+CNMI=2,1,0,0,0", "AT+CNMI=2,1", "AT+CNMI=3,1"];

/// As the standard has it.
const TIME: &str = "AT+CTZU=1";

const PROFILES: &[Profile] = &[
    Profile {
        name: "huawei",
        detect: &["huawei"],
        init: &[],
        storage: STORAGE,
        notify: NOTIFY_MODE_1,
        time: TIME,
        // E1750 and E220 stop answering in CMGL after some twenty minutes.
        listing: Listing::ByIndex,
    },
    Profile {
        name: "zte",
        detect: &["zte"],
        // Silences the +ZUSIMR flood that crashes the MF series.
        init: &["AT+CPMS?"],
        storage: STORAGE,
        notify: NOTIFY_MODE_1,
        time: TIME,
        listing: Listing::List,
    },
    Profile {
        name: "simcom",
        detect: &["simcom", "sim800", "sim900", "sim7600", "a7670"],
        init: &[],
        storage: STORAGE,
        notify: NOTIFY_MODE_1,
        time: TIME,
        listing: Listing::List,
    },
    Profile {
        name: "quectel",
        detect: &["quectel"],
        init: &[],
        storage: STORAGE,
        notify: NOTIFY,
        // 1 puts Greenwich time into the clock beside the zone of the place, which reads as wrong by that zone.
        time: "AT+CTZU=3",
        listing: Listing::List,
    },
    GENERIC,
];

const GENERIC: Profile = Profile {
    name: "generic",
    detect: &[],
    init: &[],
    storage: STORAGE,
    notify: NOTIFY,
    time: TIME,
    listing: Listing::List,
};

/// The row named in the config, if there is one.
pub fn named(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// The row for what a modem says of itself; the generic one for strangers.
pub fn detected(identity: &str) -> &'static Profile {
    let identity = identity.to_lowercase();
    let fits = |profile: &&Profile| profile.detect.iter().any(|word| identity.contains(word));
    PROFILES.iter().find(fits).unwrap_or(&GENERIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_name_and_identity() {
        assert_eq!(detected("Manufacturer: HUAWEI\nModel: E1750").name, "huawei");
        assert_eq!(detected("SIMCOM_SIM7600CE").name, "simcom");
        assert_eq!(detected("").name, "generic");
        for profile in PROFILES {
            assert_eq!(named(profile.name).map(|p| p.name), Some(profile.name));
            assert!(!profile.storage.is_empty() && !profile.notify.is_empty());
        }
        assert!(named("none").is_none());
    }
}
