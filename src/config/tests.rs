//! The config's tests. The sample is the good text: most tests spoil one line of it.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::keys::{ALL, File, Key, OFF};
use super::*;
use crate::number::Number;

mod bad;

const SAMPLE: &str = include_str!("../../firmware-config/yizhan.toml");

/// The folder of a config file, with the files that the sample names; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("yizhan-config-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text, mode) in [
            ("fullchain.pem", "", 0o644),
            ("privkey.pem", "", 0o600),
            ("sendsms.secret", "a long word\n", 0o600),
            ("api.token", "0123456789abcdef\n", 0o600),
            ("webhook.secret", "0123456789abcdef\n", 0o600),
            ("open.pem", "", 0o644),
        ] {
            std::fs::write(folder.join(file), text).unwrap();
            std::fs::set_permissions(folder.join(file), Permissions::from_mode(mode)).unwrap();
        }
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The sample with everything on that is turned off in it.
fn all_on() -> String {
    let lines = SAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
        _ => line,
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// Each setting of a text as (line, table, key, value).
fn settings(text: &str) -> Vec<(usize, &str, &str, &str)> {
    let mut table = "";
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            found.push((at + 1, table, key, value));
        }
    }
    found
}

/// The sample, all on, with one value spoilt, and the line of it.
fn spoilt(table: &str, key: &str, bad: &str) -> (String, usize) {
    let text = all_on();
    let line = settings(&text).iter().find(|s| (s.1, s.2) == (table, key)).unwrap_or_else(|| panic!("{table}.{key}")).0;
    let lines = text.lines().enumerate();
    let spoil = |(at, old)| if at + 1 == line { format!("{key} = {bad}\n") } else { format!("{old}\n") };
    (lines.map(spoil).collect(), line)
}

fn faults(text: &str, folder: &Folder) -> Vec<String> {
    check(text, &folder.0).expect_err(text).iter().map(Fault::to_string).collect()
}

fn is_twice_said(fault: &Fault) -> bool {
    fault.wrong.contains("both written")
}

/// Line and key of each fault.
pub fn places(found: &[Fault]) -> Vec<(usize, &str)> {
    found.iter().map(|fault| (fault.line, fault.key.as_str())).collect()
}

fn rows() -> impl Iterator<Item = (&'static str, &'static Key)> {
    ALL.iter().flat_map(|shape| shape.keys.iter().map(|key| (shape.path, key)))
}

/// The smallest good text with some more behind it; its own lines are 1 to 3.
pub fn with(more: &str) -> String {
    format!("[box]\nid = \"b1\"\ndomain = \"box.example.com\"\n{more}")
}

#[test]
fn the_sample_is_good_as_it_is_shipped() {
    let config = check(SAMPLE, Path::new("/etc/yizhan")).unwrap();
    assert_eq!(config.this_box.url, "http://box.example.com/");
    assert_eq!(config.this_box.socket, Path::new("/var/lib/yizhan/yizhan.sock"));
    assert_eq!(config.sms.keys_valid, Duration::from_secs(86_400));
    assert_eq!(config.sms.quiet_from, jiff::civil::time(21, 0, 0, 0));
    assert_eq!((config.http.body_limit, config.store.segment), (262_144, 8_388_608));
    assert_eq!((config.modems.len(), config.sendsms.len(), config.api.tokens.len()), (1, 0, 0));
    assert_eq!(config.modems[0].number, None);
}

#[test]
fn the_sample_lists_every_key_in_order_at_its_default() {
    let text = all_on();
    let in_sample: Vec<(&str, &str)> = settings(&text).iter().map(|s| (s.1, s.2)).collect();
    let in_table: Vec<(&str, &str)> = rows().map(|(path, key)| (path, key.name)).collect();
    assert_eq!(in_sample, in_table);
    for ((_, table, name, value), (_, key)) in settings(&text).into_iter().zip(rows()) {
        let is_on = SAMPLE.lines().any(|line| line == format!("{name} = {value}"));
        assert!(value == key.default || (!is_on && value == key.right), "{table}.{name} = {value}");
    }
}

#[test]
fn everything_on_is_good_too() {
    let folder = Folder::new("on");
    let mut config = check(&all_on(), &folder.0).unwrap();
    assert_eq!(config.https.certificates[0].key, folder.0.join("privkey.pem"));
    assert_eq!(config.sendsms[0].password, None);
    config.read_secrets().unwrap();
    assert!(config.sendsms[0].password.as_ref().is_some_and(|password| password.is("a long word")));
    assert!(config.api.tokens[0].token.as_ref().is_some_and(|token| token.is("0123456789abcdef")));
    assert!(config.webhooks[0].secret.as_ref().is_some_and(|secret| secret.is("0123456789abcdef")));
}

#[test]
fn what_is_said_to_be_right_is_right() {
    let folder = Folder::new("right");
    for file in ["sim1.pin", "hub.creds"] {
        std::fs::copy(folder.0.join("privkey.pem"), folder.0.join(file)).unwrap();
    }
    for (path, key) in rows() {
        let (text, _) = spoilt(path, key.name, key.right);
        // A secret now stands beside its file, which is another fault.
        let is_its_own = |fault: &&Fault| fault.key == format!("{path}.{}", key.name) && !is_twice_said(fault);
        let found = check(&text, &folder.0).err().unwrap_or_default();
        assert_eq!(found.iter().find(is_its_own), None);
    }
}

#[test]
fn every_key_refuses_a_bad_value_at_its_line() {
    let folder = Folder::new("bad");
    let tested: BTreeSet<(&str, &str)> = bad::VALUES.iter().map(|(path, key, _)| (*path, *key)).collect();
    let known: BTreeSet<(&str, &str)> = rows().map(|(path, key)| (path, key.name)).collect();
    assert_eq!(tested, known);
    for (path, name, bad) in bad::VALUES {
        let (text, line) = spoilt(path, name, bad);
        let mut found = check(&text, &folder.0).expect_err(&format!("{path}.{name} = {bad}"));
        found.retain(|fault| !is_twice_said(fault));
        let [fault] = found.as_slice() else { panic!("{path}.{name} = {bad}: {found:?}") };
        assert_eq!((fault.line, fault.key.as_str()), (line, format!("{path}.{name}").as_str()), "{fault}");
        assert!(!fault.right.is_empty() && !fault.wrong.is_empty() && !fault.written.is_empty(), "{fault:?}");
    }
}

#[test]
fn a_fault_reads_like_a_compilers() {
    let folder = Folder::new("reads");
    let text = with("[http]\nlisten = \"80\"\n");
    let found = check(&text, &folder.0).unwrap_err();
    let expected = "/etc/yizhan/yizhan.toml:5: http.listen = \"80\": not an address with a port, such as 0.0.0.0:80 or \
                    [::]:80; right would be \"0.0.0.0:80\"\n";
    assert_eq!(report(Path::new("/etc/yizhan/yizhan.toml"), &found), expected);
}

#[test]
fn an_empty_file_lacks_what_must_be_written() {
    let folder = Folder::new("empty");
    let expected = [
        r#"1: box.id: missing; right would be id = "sd-jinan-01""#,
        r#"1: box.domain: missing; right would be domain = "box.example.com""#,
    ];
    assert_eq!(faults("", &folder), expected);
    // Every table is begun, so every default is read.
    let begun = with("[[https.certificates]]\n[[modem]]\n[[sendsms]]\n[[api.tokens]]\n[[webhook]]\n");
    let found = check(&begun, &folder.0).unwrap_err();
    let expected = [
        (4, "https.certificates.cert"),
        (4, "https.certificates.key"),
        (5, "modem.name"),
        (5, "modem.port"),
        (6, "sendsms.password"),
        (6, "sendsms.username"),
        (7, "api.tokens.token"),
        (7, "api.tokens.name"),
        (8, "webhook.secret"),
        (8, "webhook.name"),
        (8, "webhook.url"),
    ];
    assert_eq!(places(&found), expected);
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let folder = Folder::new("many");
    let text = "[sms]\nsegments = 0\nquiet_from = \"9pm\"\n[box]\nid = \"B1\"\ndomian = \"x.example\"\n[[modem]]\nname = \"a\"\n\
                port = \"/dev/ttyUSB0\"\n[[modem]]\nname = \"a\"\nport = \"/dev/ttyUSB0\"\nbaud = \"fast\"\n[http]\n\
                private = [\n  \"10.0.0.0/8\",\n  \"ten\",\n  10,\n]\n[htttp]\n";
    let found = check(text, &folder.0).unwrap_err();
    let expected = [
        (2, "sms.segments"),
        (3, "sms.quiet_from"),
        (4, "box.domain"),
        (5, "box.id"),
        (6, "box.domian"),
        (11, "modem.name"),
        (12, "modem.port"),
        (13, "modem.baud"),
        (17, "http.private"),
        (18, "http.private"),
        (20, "htttp"),
    ];
    assert_eq!(places(&found), expected);
    assert_eq!((found[4].right.as_str(), found[10].right.as_str()), ("box.domain", "http"));
    assert_eq!((found[8].written.as_str(), found[9].written.as_str()), ("\"ten\"", "10"));
    assert_eq!(found[5].wrong, "the [[modem]] of line 8 has it already");
}

#[test]
fn unknown_keys_are_led_home() {
    let folder = Folder::new("unknown");
    for (more, right) in [
        ("[http]\nlitsen = \"\"\n", "http.listen"),
        ("[http]\nhelp_phone = \"\"\n", "sms.help_phone"),
        ("[http]\ncertificates = []\n", "https.certificates"),
        ("[hub]\nzzzzzzzz = 1\n", "one of url, credentials, region"),
        ("[[modems]]\n", "modem"),
        ("[[api.token]]\n", "api.tokens"),
    ] {
        let found = check(&with(more), &folder.0).unwrap_err();
        assert_eq!((found.len(), found[0].right.as_str()), (1, right), "{found:?}");
    }
    let found = check(&format!("quiet_to = \"08:00\"\n{}", with("")), &folder.0).unwrap_err();
    assert_eq!((found.len(), found[0].line, found[0].right.as_str()), (1, 1, "sms.quiet_to"));
}

#[test]
fn tables_and_lists_are_not_confused() {
    let folder = Folder::new("forms");
    for (more, fault) in [
        ("[modem]\nname = \"a\"\n", "4: modem: not a list of tables; right would be [[modem]]"),
        ("[[http]]\nlisten = \"80\"\n", "4: http: not one table; right would be [http]"),
        ("[https]\ncertificates = [1]\n", "5: https.certificates: not a table; right would be [[https.certificates]]"),
        ("[api]\ntokens = 5\n", "5: api.tokens: not a list of tables; right would be [[api.tokens]]"),
    ] {
        assert_eq!(faults(&with(more), &folder), [fault]);
    }
    assert_eq!(faults("box = 3\n", &folder), ["1: box: not one table; right would be [box]"]);
}

#[test]
fn keys_that_contradict_each_other_are_told() {
    let folder = Folder::new("contradict");
    let certificate = "[[https.certificates]]\ncert = \"fullchain.pem\"\nkey = \"privkey.pem\"\n";
    let modem = "[[modem]]\nname = \"a\"\nport = \"/dev/a\"\n";
    let other = "[[modem]]\nname = \"b\"\nport = \"/dev/b\"\n";
    for (more, line, key) in [
        ("[https]\nlisten = \"0.0.0.0:443\"\n".to_owned(), 5, "https.listen"),
        (format!("[https]\nlisten = \"10.0.0.1:80\"\n{certificate}"), 5, "https.listen"),
        ("[wap]\nconnectionless_port = 9201\n".to_owned(), 5, "wap.connectionless_port"),
        ("[sms]\nper_hour = 5\nper_minute = 9\n".to_owned(), 6, "sms.per_minute"),
        ("[sms]\nper_day = 200\n".to_owned(), 5, "sms.per_day"),
        ("[store]\nsegment_mib = 40\n".to_owned(), 5, "store.segment_mib"),
        (format!("{modem}pin_file = \"privkey.pem\"\npin = \"0000\"\n"), 7, "modem.pin"),
        (format!("{modem}number = \"13912345678\"\n{other}number = \"+86 139 1234 5678\"\n"), 11, "modem.number"),
        ("[[sendsms]]\nusername = \"erp\"\n".to_owned(), 4, "sendsms.password"),
        ("[[api.tokens]]\nname = \"crm\"\n".to_owned(), 4, "api.tokens.token"),
    ] {
        let text = with(&more);
        let found = check(&text, &folder.0).unwrap_err();
        assert_eq!((found.len(), found[0].line, found[0].key.as_str()), (1, line, key), "{text}{found:?}");
    }
    let url = "[box]\nid = \"b1\"\nurl = \"http://other.example\"\ndomain = \"box.example.com\"\n";
    let found = check(url, &folder.0).unwrap_err();
    assert_eq!((found.len(), found[0].line, found[0].key.as_str()), (1, 3, "box.url"));
    for good in ["http://192.168.1.2:8080", "https://[::1]/", "http://www.box.example.com"] {
        check(&url.replace("http://other.example", good), &folder.0).unwrap();
    }
}

#[test]
fn secrets_are_never_printed() {
    let folder = Folder::new("secrets");
    let text =
        with("[[sendsms]]\nusername = \"erp\"\npassword = \"hush\"\n[[api.tokens]]\nname = \"a\"\ntoken = 123456\n");
    let told = faults(&text, &folder).join("\n");
    assert!(told.contains("***") && !told.contains("hush") && !told.contains("123456"), "{told}");
    let config =
        check(&text.replace("hush", "hush-hush").replace("123456", "\"abcdefghijklmnop\""), &folder.0).unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains("***") && !shown.contains("hush") && !shown.contains("abcdefgh"), "{shown}");
    let secret = config.sendsms[0].password.clone().unwrap();
    assert!(secret.is("hush-hush") && !secret.is("hush-husH") && !secret.is("hush"));
}

#[test]
fn a_secret_file_that_cannot_be_used_is_told() {
    let folder = Folder::new("unread");
    let mut config = check(&all_on(), &folder.0).unwrap();
    std::fs::write(folder.0.join("api.token"), "short\n").unwrap();
    std::fs::remove_file(folder.0.join("sendsms.secret")).unwrap();
    let keys: Vec<String> = config.read_secrets().unwrap_err().into_iter().map(|fault| fault.key).collect();
    assert_eq!(keys, ["sendsms.password_file", "api.tokens.token_file"]);
}

#[test]
fn networks_hold_their_addresses() {
    let holds = |network: &str, peer: &str| Network::parse(network).unwrap().contains(peer.parse().unwrap());
    assert!(holds("127.0.0.0/8", "127.9.9.9") && !holds("127.0.0.0/8", "128.0.0.1"));
    assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "::8"));
    assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3") && !holds("::/0", "10.0.0.1"));
    assert!(holds("::1", "::1") && !holds("::1", "::2"));
    assert!(holds("fd00::/8", "fdff::1") && !holds("fd00::/8", "fe80::1"));
    assert!(holds("192.168.1.7", "192.168.1.7") && !holds("192.168.1.7/32", "192.168.1.6"));
    for bad in ["", "10", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.1/8", "10.0.0.0/", "::ffff:0:0/x"] {
        assert!(Network::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_demo_is_all_defaults_in_its_own_folder() {
    let demo = Config::demo(PathBuf::from("/tmp/demo"), "127.0.0.1:8080".parse().unwrap());
    assert_eq!((demo.this_box.domain.as_str(), demo.this_box.url.as_str()), ("localhost", "http://127.0.0.1:8080/"));
    assert_eq!(demo.this_box.socket, Path::new("/tmp/demo/yizhan.sock"));
    assert!(demo.modems.is_empty() && demo.http.is_private("127.0.0.1".parse().unwrap()));
    let modem = rows().find(|(path, key)| (*path, key.name) == ("modem", "baud")).unwrap().1;
    assert_eq!(Modem::at("sim1", "/dev/ttyUSB2".into(), None).baud.to_string(), modem.default);
}

#[test]
fn values_mean_what_they_say() {
    let folder = Folder::new("values");
    let text = with(
        "[http]\nlisten = \"[::]:8080\"\n[[modem]]\nname = \"a\"\nport = \"/dev/a\"\nnumber = \"139 1234 5678\"\n\
         pin = \"0042\"\n[log]\nlevel = \"debug\"\n[wap]\ndeck_octets = 0x514\n",
    );
    let config = check(&text, &folder.0).unwrap();
    assert_eq!(config.this_box.url, "http://box.example.com:8080/");
    assert_eq!(config.modems[0].number, Number::parse("+8613912345678"));
    assert_eq!(config.modems[0].pin.as_ref().map(Secret::reveal), Some("0042"));
    assert_eq!((config.log.level, config.wap.deck_octets), (log::LevelFilter::Debug, 1300));
    assert_eq!(config.this_box.timezone.iana_name(), Some("Asia/Shanghai"));
}

#[test]
fn the_table_holds_together() {
    for (path, key) in rows() {
        for text in [key.default, key.right] {
            assert!(DeValue::parse(text).is_ok(), "{path}.{}: {text}", key.name);
        }
        // A default that names a file, or that two tables would share, would fault every box.
        assert!(
            key.must || key.default == OFF || (key.file == File::No && key.unique.is_none()),
            "{path}.{}",
            key.name
        );
    }
}
