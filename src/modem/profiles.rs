//! What differs between modems, one row each; the driver knows no makers.
//!
//! A new modem is a new row, and a field of `Profile` if it does what none did before; beside it belongs a dialogue under
//! `tests/data/at/`, which a test plays against the driver. A row is proved when its dialogue was recorded from a device.

use std::time::Duration;

use crate::sms::bearer::Reports;

/// How messages in storage are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// `AT+CMGL=4`, everything at once; what is announced is read alone.
    List,
    /// Everything at once for each announcement too: for those that delete the other parts of a text with its first.
    Whole,
    /// `AT+CPMS?`, then `AT+CMGR` slot by slot, for those that hang in `CMGL`.
    ByIndex,
}

/// What a row rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The simulated modem and every test.
    Simulator,
    /// What others have published; the dialogue names it. Nobody has recorded a device yet.
    Published,
}

#[derive(Debug)]
pub struct Profile {
    /// As in the config's `profile`.
    pub name: &'static str,
    /// Words, in lower case, in the answers to `CGMI`, `CGMM` or `ATI`; the first row with one of them is taken.
    pub detect: &'static [&'static str],
    pub proof: Proof,
    /// Sent once `CMEE` is on, and once the SIM is unlocked; refusals are ignored.
    pub init: &'static [&'static str],
    /// Storage commands, tried in order until one is taken.
    pub storage: &'static [&'static str],
    /// `<mode>` of CNMI in the order tried (3GPP TS 27.005, 3.4.1).
    pub modes: &'static [u8],
    /// `<ds>` of CNMI in the order tried.
    pub reports: &'static [Reports],
    /// Where reports lie, if not where their announcement says.
    pub reports_in: Option<&'static str>,
    /// Messages that come directly are acknowledged where the standard wants it.
    pub acknowledges: bool,
    /// Makes the modem set its clock to the network's local time (27.007, 8.40).
    pub time: &'static str,
    pub listing: Listing,
    /// Tells the number of the SIM card.
    pub card: &'static str,
    /// Radio off and on; empty where that leaves the modem deaf.
    pub radio: &'static [&'static str],
    /// Starts the modem anew, and how long that takes before it may be spoken to.
    pub restart: &'static str,
    pub boot: Duration,
}

/// Three stores, two, one, for modems that know fewer; then the phone's own memory for those without a SIM store.
const STORAGE: &[&str] = &[
    "AT+CPMS=\"SM\",\"SM\",\"SM\"",
    "AT+CPMS=\"SM\",\"SM\"",
    "AT+CPMS=\"SM\"",
    "AT+CPMS=\"ME\",\"ME\",\"ME\"",
    "AT+CPMS=\"ME\"",
];
/// For those that take one argument only.
const STORAGE_ONE: &[&str] = &["AT+CPMS=\"SM\"", "AT+CPMS=\"ME\""];

/// Buffered while the link is busy where that is known.
const MODES: &[u8] = &[2, 1, 3];
/// For makers whose modems claim mode 2 and then refuse it or lose announcements.
const MODES_1_FIRST: &[u8] = &[1, 2, 3];

/// Directly, else stored, else none.
const REPORTS: &[Reports] = &[Reports::Direct, Reports::Stored, Reports::Off];

/// What the standard says, where it leaves something open in the order that most modems take.
const GENERIC: Profile = Profile {
    name: "generic",
    detect: &[],
    proof: Proof::Simulator,
    init: &[],
    storage: STORAGE,
    modes: MODES,
    reports: REPORTS,
    reports_in: None,
    acknowledges: true,
    time: "AT+CTZU=1",
    listing: Listing::List,
    card: "AT+CCID",
    radio: &["AT+CFUN=4", "AT+CFUN=1"],
    restart: "AT+CFUN=1,1",
    // USB modems need up to half a minute after power-on, and are spoken to all that time.
    boot: Duration::from_secs(5),
};

/// A row that nobody has proved.
const UNPROVED: Profile = Profile { proof: Proof::Published, ..GENERIC };

const PROFILES: &[Profile] = &[
    Profile {
        name: "huawei",
        detect: &["huawei"],
        modes: MODES_1_FIRST,
        // E1750 and E220 stop answering in CMGL after some twenty minutes.
        listing: Listing::ByIndex,
        card: "AT^ICCID?",
        ..UNPROVED
    },
    Profile {
        name: "zte",
        detect: &["zte"],
        // Silences the +ZUSIMR flood that crashes the MF series.
        init: &["AT+CPMS?"],
        modes: MODES_1_FIRST,
        card: "AT+ZGETICCID",
        ..UNPROVED
    },
    Profile {
        name: "simcom",
        detect: &["simcom", "sim600", "sim800", "sim900", "sim7600", "a7670"],
        modes: MODES_1_FIRST,
        acknowledges: false,
        // SIM600 deletes all parts of a text with its first.
        listing: Listing::Whole,
        ..UNPROVED
    },
    Profile {
        name: "quectel",
        detect: &["quectel"],
        // Else announcements go to a port that is not ours.
        init: &["AT+QURCCFG=\"urcport\",\"all\""],
        // Stored reports are announced as "SM",0 and lie elsewhere.
        reports_in: Some("SR"),
        // 1 puts Greenwich time into the clock beside the zone of the place, which reads as wrong by that zone.
        time: "AT+CTZU=3",
        card: "AT+QCCID",
        ..UNPROVED
    },
    Profile {
        name: "sierra",
        detect: &["sierra"],
        card: "AT!ICCID?",
        restart: "AT!RESET",
        // Its second interface answers long before its SIM is read.
        boot: Duration::from_secs(15),
        ..UNPROVED
    },
    Profile { name: "ublox", detect: &["u-blox", "ublox"], restart: "AT+CFUN=16", ..UNPROVED },
    // Buffered announcements are cleared or kept by its last value only as 1.
    Profile { name: "cinterion", detect: &["cinterion", "siemens", "gemalto", "thales"], card: "AT^SCID", ..UNPROVED },
    Profile {
        name: "wavecom",
        detect: &["wavecom", "wismo"],
        storage: STORAGE_ONE,
        radio: &["AT+CFUN=0", "AT+CFUN=1"],
        restart: "AT+CFUN=1",
        ..UNPROVED
    },
    // Its communication ends when the radio is switched off.
    Profile { name: "neoway", detect: &["neoway", "m590"], radio: &[], ..UNPROVED },
    GENERIC,
];

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

/// All rows, for the test that plays a dialogue for each.
#[cfg(test)]
pub fn names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|profile| profile.name)
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
            assert!(!profile.storage.is_empty() && !profile.modes.is_empty() && !profile.reports.is_empty());
            let generic = profile.name == "generic";
            assert_eq!(profile.proof == Proof::Simulator, generic, "{} was recorded from no device", profile.name);
        }
        assert!(named("none").is_none());
    }
}
