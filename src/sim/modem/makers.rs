//! The personalities of the simulated modem: what makers' devices do beside the standard, one row each. A pure table; what
//! each line rests on is named in the dialogues under `tests/data/at/`.
//!
//! Not here: the driver's own table (`modem::profiles`), which must find out by itself whom it talks to.

use crate::sms::bearer::Reports;

pub struct Maker {
    pub name: &'static str,
    /// Maker, model, firmware.
    pub identity: [&'static str; 3],
    /// Commands with these beginnings are refused.
    pub refused: &'static [&'static str],
    /// `<mode>` and `<ds>` of CNMI that are taken.
    pub modes: &'static [u8],
    pub reports: &'static [Reports],
    /// Reports that are stored lie in this store, and are announced as in the other one, at 0.
    pub reports_in: Option<&'static str>,
    /// `+CDS: ,25` instead of `+CDS: 25`.
    pub report_comma: bool,
    /// CPMS takes one store only.
    pub one_store: bool,
    /// Asks for the number of the card.
    pub card: &'static str,
    /// Lines that come at any time.
    pub chatter: &'static [&'static str],
    /// Says that the storage is full.
    pub full: &'static str,
    /// Says that it has just started.
    pub started: &'static str,
    /// Hangs in CMGL after so many of them.
    pub lists: u32,
    /// Deletes all parts of a text with its first.
    pub deletes_parts: bool,
    /// Floods the line until it is asked for its storage, and hangs after so many lines.
    pub floods: Option<(&'static str, u32)>,
    /// Says nothing any more once its radio is off.
    pub dies_without_radio: bool,
}

const ALL_REPORTS: &[Reports] = &[Reports::Off, Reports::Direct, Reports::Stored];

pub const PLAIN: Maker = Maker {
    name: "plain",
    identity: ["Yizhan", "Simulated", "1.0"],
    refused: &[],
    modes: &[0, 1, 2, 3],
    reports: ALL_REPORTS,
    reports_in: None,
    report_comma: false,
    one_store: false,
    card: "+CCID",
    chatter: &["+CREG: 1", "+CIEV: 2,3", "RING"],
    full: "",
    started: "RDY",
    lists: u32::MAX,
    deletes_parts: false,
    floods: None,
    dies_without_radio: false,
};

pub const MAKERS: &[Maker] = &[
    PLAIN,
    Maker {
        name: "huawei",
        identity: ["huawei", "E1750", "11.126.03.00.00"],
        refused: &["AT+CTZ"],
        modes: &[0, 1],
        card: "^ICCID?",
        chatter: &["^RSSI:17", "^BOOT:20952548,0,0,0,6", "^DSFLOWRPT:0000000A,00000000,00000000"],
        full: "^SMMEMFULL: \"SM\"",
        started: "^SYSSTART",
        lists: 20,
        ..PLAIN
    },
    Maker {
        name: "zte",
        identity: ["ZTE INCORPORATED", "MF190", "BD_P673A2V1.0.0B09"],
        modes: &[0, 1],
        report_comma: true,
        card: "+ZGETICCID",
        chatter: &["+ZPASR:\"UMTS\"", "+ZDONR: \"CHINA\",460,01,\"CS_PS\",\"ROAM_OFF\""],
        floods: Some(("+ZUSIMR:2", 200)),
        ..PLAIN
    },
    Maker {
        name: "simcom",
        identity: ["SIMCOM_Ltd", "SIMCOM_SIM800L", "Revision:1418B05SIM800L24"],
        modes: &[0, 1],
        full: "+SMS FULL",
        chatter: &["+CIEV: 10,\"46000\",\"CHINA MOBILE\"", "*PSUTTZ: 26,11,22,4,0,0,\"+32\",0"],
        deletes_parts: true,
        ..PLAIN
    },
    Maker {
        name: "quectel",
        identity: ["Quectel", "EC25", "EC25EFAR06A03M4G"],
        reports: &[Reports::Off, Reports::Stored],
        reports_in: Some("SR"),
        card: "+QCCID",
        chatter: &["+QIND: \"csq\",20,99", "+QUSIM: 1"],
        full: "+QIND: \"smsfull\",\"SM\"",
        ..PLAIN
    },
    Maker {
        name: "sierra",
        identity: ["Sierra Wireless, Incorporated", "MC8790", "K2_0_7_8AP"],
        chatter: &["+WIND: 4", "+CREG: 1,\"0001\",\"0002\""],
        started: "+WIND: 1",
        card: "!ICCID?",
        ..PLAIN
    },
    Maker { name: "ublox", identity: ["u-blox", "SARA-U270", "23.60"], chatter: &["+UUSIMSTAT: 6"], ..PLAIN },
    Maker {
        name: "cinterion",
        identity: ["Cinterion", "BGS2-W", "REVISION 02.000"],
        chatter: &["+CIEV: rssi,4"],
        card: "^SCID",
        ..PLAIN
    },
    Maker {
        name: "wavecom",
        identity: ["WAVECOM MODEM", "MULTIBAND  900E  1800", "657e09gg.Q2406B"],
        refused: &["AT+CTZ", "AT+CMMS", "AT+CEREG"],
        one_store: true,
        chatter: &["+WIND: 7"],
        started: "+WIND: 1",
        ..PLAIN
    },
    Maker { name: "neoway", identity: ["Neoway", "M590E", "V1.00"], dies_without_radio: true, ..PLAIN },
];

pub fn named(name: &str) -> Option<&'static Maker> {
    MAKERS.iter().find(|maker| maker.name == name)
}
