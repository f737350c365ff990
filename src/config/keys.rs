//! The table of keys: one row a key, in the order of `firmware-config/yizhan.toml`. A row says the field it becomes, its
//! name, its default, and how its value is read; the structs, the check, the "did you mean" and the test of the sample
//! all come from it. A new key is one row here, one line in the sample and one row in the test.
//!
//! Not here: what contradicts what across tables (`check.rs`), and how a kind of value is read (`values.rs`).

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::check::{Check, Place};
use super::values::*;
use super::{Network, Secret};
use crate::number::Number;
use crate::words::Lang;

/// One key as the check knows it.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    /// As TOML text; an example where the key must be written.
    pub default: &'static str,
    /// What would be right, as TOML text: the default unless that is "off".
    pub right: &'static str,
    /// It has no default and must be written.
    pub must: bool,
    /// No two tables of the list may say the same, after this has brought what is written to one form.
    pub unique: Option<fn(&str) -> String>,
    /// Its value is never shown.
    pub secret: bool,
    pub file: File,
    pub twin: Twin,
}

/// What the check looks at when the value names a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    No,
    /// It must be there.
    There,
    /// It must be there and closed to everybody else on the machine.
    Private,
}

/// Another key of the same table that says the same in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twin {
    No,
    /// At most one of the two.
    NotWith(&'static str),
    /// Exactly one of the two.
    OneOf(&'static str),
}

/// A table as the check knows it: its path, its keys, and the lists of tables within it.
#[derive(Debug)]
pub struct Shape {
    pub path: &'static str,
    pub keys: &'static [Key],
    pub lists: &'static [&'static str],
}

/// What the rows of one table become.
pub trait Table: Sized {
    const SHAPE: Shape;

    /// Reads the table, noting each fault in `check`; a key at fault gets its default, so that the rest is checked too.
    fn read(place: &Place<'_>, check: &mut Check<'_>) -> Self;
}

const fn may(name: &'static str, default: &'static str) -> Key {
    Key { name, default, right: default, must: false, unique: None, secret: false, file: File::No, twin: Twin::No }
}

const fn must(name: &'static str, example: &'static str) -> Key {
    Key { must: true, ..may(name, example) }
}

impl Key {
    const fn like(self, right: &'static str) -> Key {
        Key { right, ..self }
    }

    const fn unique(self, form: fn(&str) -> String) -> Key {
        Key { unique: Some(form), ..self }
    }

    const fn secret(self) -> Key {
        Key { secret: true, ..self }
    }

    const fn file(self, file: File) -> Key {
        Key { file, ..self }
    }

    const fn twin(self, twin: Twin) -> Key {
        Key { twin, ..self }
    }
}

fn as_written(text: &str) -> String {
    text.to_owned()
}

fn as_number(text: &str) -> String {
    Number::parse(text).map_or(text.to_owned(), |number| number.to_string())
}

/// This machine, and what no address of the internet is from: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291.
const PRIVATE_NETWORKS: &str = r#"["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "::1", "fc00::/7", "fe80::/10"]"#;

/// What "off" or "not said" is written as.
pub const OFF: &str = r#""""#;

macro_rules! tables {
    ($(
        $(#[$about:meta])*
        $table:ident $path:literal {
            $($(#[$doc:meta])* $field:ident: $type:ty = $key:expr, $read:expr;)*
        }
        $([$($(#[$list_doc:meta])* $list:ident: $of:ty;)*])?
    )*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $table {
                $($(#[$doc])* pub $field: $type,)*
                $($($(#[$list_doc])* pub $list: Vec<$of>,)*)?
            }

            impl Table for $table {
                const SHAPE: Shape =
                    Shape { path: $path, keys: &[$($key),*], lists: &[$($(stringify!($list)),*)?] };

                fn read(place: &Place<'_>, check: &mut Check<'_>) -> Self {
                    $table {
                        $($field: check.key(place, &$key, $read),)*
                        $($($list: check.many(place.table, stringify!($list)),)*)?
                    }
                }
            }
        )*

        /// Every table, in the order of the sample.
        pub const ALL: &[Shape] = &[$($table::SHAPE),*];
    };
}

tables! {
    /// `[box]`: which box this is.
    ThisBox "box" {
        /// The box among all boxes, for good: it is in record ids and in the hub's subjects.
        id: String = must("id", r#""sd-jinan-01""#), label(32);
        /// What people call the place; the portal's title.
        name: String = may("name", r#""驿站""#), text(1, 20, "it heads texts, and a text holds 70 characters");
        /// The portal's host name; sites are `<slug>.<domain>`.
        domain: String = must("domain", r#""box.example.com""#), domain;
        /// What QR codes, texts and pushes print, ending in `/`. Written "" it follows from domain and `http.listen`.
        url: String = may("url", OFF).like(r#""http://box.example.com""#), or_empty(base_url);
        /// The folder of everything the box stores.
        data: PathBuf = may("data", r#""/var/lib/yizhan""#), path;
        /// What it speaks to a visitor who asked for nothing else.
        language: Lang = may("language", r#""zh-CN""#), choice(&[("zh-CN", Lang::Zh), ("en", Lang::En)]);
        /// Local time of opening hours, quiet hours and bills.
        timezone: TimeZone = may("timezone", r#""Asia/Shanghai""#), timezone;
        /// The local socket of the command line and the API. Written "" it is `<data>/yizhan.sock`.
        socket: PathBuf = may("socket", OFF).like(r#""/run/yizhan/yizhan.sock""#), or_empty(path);
    }

    /// `[http]`: the web server.
    Http "http" {
        /// Address and port; port 0 picks a free one.
        listen: SocketAddr = may("listen", r#""0.0.0.0:80""#), address;
        /// Who may read `/metrics` and use `/cgi-bin/`.
        private: Vec<Network> = may("private", r#"["127.0.0.0/8", "::1"]"#), list(network);
        /// Connections open at one time; more wait in the system's queue.
        connections: usize = may("connections", "512"),
            whole(8, 10_000, "each takes memory, and a page needs several");
        /// From the connection to the end of the request's header.
        header_timeout: Duration = may("header_timeout_s", "10"),
            seconds(1, 120, "a phone on GPRS needs seconds, and longer lets idle peers hold the places");
        /// Octets of a request's body, pictures apart.
        body_limit: usize = may("body_limit_kib", "256"),
            kib(16, 16_384, "an article needs 16, and a body is held in memory");
        /// From the request's header to the answer's last octet.
        request_timeout: Duration = may("request_timeout_s", "30"),
            seconds(1, 600, "a slow phone needs seconds, and longer holds the places");
        /// What open requests get to end in when the box stops.
        drain: Duration = may("drain_s", "10"), seconds(0, 80, "systemd kills what has not ended after 120 seconds");
    }

    /// `[https]`: the same sites under TLS.
    Https "https" {
        /// Address and port; `None`: off.
        listen: Option<SocketAddr> = may("listen", OFF).like(r#""0.0.0.0:443""#), off_or(address);
    } [
        /// Chosen by the name the browser asks for; the first serves those that ask for none.
        certificates: Certificate;
    ]

    /// `[[https.certificates]]`: one certificate.
    Certificate "https.certificates" {
        /// The chain in PEM, our own certificate first.
        cert: PathBuf = must("cert", r#""fullchain.pem""#).file(File::There), path;
        /// Its private key in PEM.
        key: PathBuf = must("key", r#""privkey.pem""#).file(File::Private), path;
    }

    /// `[wap]`: the gateway for phones that speak WSP over UDP.
    Wap "wap" {
        /// Answers over UDP can be aimed at others by a forged sender: a public address is for closed networks only.
        listen: IpAddr = may("listen", r#""127.0.0.1""#), ip;
        /// WSP connectionless (IANA: 9200, wap-wsp); 0: off.
        connectionless_port: u16 = may("connectionless_port", "9200"), whole(0, 65_535, "it is a UDP port, or 0 for off");
        /// WSP over WTP (IANA: 9201, wap-wsp-wtp); 0: off.
        session_port: u16 = may("session_port", "9201"), whole(0, 65_535, "it is a UDP port, or 0 for off");
        /// Whom the gateway hears; others get nothing at all. In these networks nobody may be able to forge a sender.
        private: Vec<Network> = may("private", PRIVATE_NETWORKS), list(network);
        /// Datagrams that one address may send in a second; what is more is dropped.
        per_source_s: u32 = may("per_source_s", "100"),
            whole(1, 100_000, "a phone sends some ten, and many may come by one address");
        /// Where sessions are sent on to, as when another box has taken over; `None`: they are opened here.
        redirect: Option<SocketAddr> = may("redirect", OFF).like(r#""10.0.0.2:9201""#), off_or(address);
        /// A compiled deck's largest size in octets (a Nokia 7110 takes 1,397).
        deck_octets: usize = may("deck_octets", "1300"),
            whole(500, 8_000, "less holds no form, and no phone is known to take more");
    }

    /// `[[modem]]`: one SIM card.
    Modem "modem" {
        /// In the console, in logs, in records.
        name: String = must("name", r#""sim1""#).unique(as_written), label(16);
        /// The serial device of its AT commands.
        port: PathBuf = must("port", r#""/dev/serial/by-id/usb-modem-if02-port0""#).unique(as_written), device;
        /// Bits a second.
        baud: u32 = may("baud", "115200"), baud;
        /// The SIM's own number; `None`: the box asks the SIM.
        number: Option<Number> = may("number", OFF).like(r#""+8613912345678""#).unique(as_number), off_or(number);
        /// The SIM's PIN; also what `pin_file` holds, once `Config::read_secrets` has read it.
        pin: Option<Secret> = may("pin", OFF).like(r#""1234""#).secret().twin(Twin::NotWith("pin_file")), off_or(pin);
        /// A file with the PIN.
        pin_file: Option<PathBuf> = may("pin_file", OFF).like(r#""sim1.pin""#).file(File::Private), off_or(path);
        /// The row of `modem/profiles.rs`; `None`: found out from the modem.
        profile: Option<String> = may("profile", OFF).like(r#""quectel""#), off_or(label(32));
        /// A file of the system that switches the modem's supply; `None`: it is never switched.
        power: Option<PathBuf> = may("power", OFF).like(r#""/sys/class/gpio/gpio17/value""#), off_or(device);
        /// The slug of the one company this number belongs to; `None`: it is the portal's.
        site: Option<String> = may("site", OFF).like(r#""tea""#), off_or(label(32));
    }

    /// `[sms]`: how the box texts.
    Sms "sms" {
        /// Segments of one screen.
        segments: usize = may("segments", "2"),
            whole(1, 10, "each segment is billed as a text, and 10 are 670 characters");
        /// How long the digits of a screen stay valid.
        keys_valid: Duration = may("keys_valid_h", "24"),
            hours(1, 168, "they are kept for each phone, and a week covers the slowest");
        /// An open form is left after this silence.
        form_silence: Duration = may("form_minutes", "30"),
            minutes(1, 1_440, "while it is open, every text is taken as an answer");
        /// Parts of a long text wait this long for the missing ones.
        partial_wait: Duration = may("partial_minutes", "10"),
            minutes(1, 1_440, "networks deliver the parts within minutes, and half texts take room");
        /// How long the network tries to deliver what names no time itself (3GPP TS 23.040, 9.2.3.12.1).
        validity: Duration = may("validity_h", "24"),
            hours(1, 720, "beyond a month only whole weeks can be written");
        /// Care and marketing texts wait from here …
        quiet_from: jiff::civil::Time = may("quiet_from", r#""21:00""#), time_of_day;
        /// … to here, in the box's time zone; the same time twice: no quiet hours.
        quiet_to: jiff::civil::Time = may("quiet_to", r#""08:00""#), time_of_day;
        /// Segments a SIM sends in a minute, answers and codes excepted; 0: no limit.
        per_minute: u32 = may("per_minute", "0"),
            whole(0, 120, "a GSM modem manages 6 to 10 by itself, and carriers block what floods");
        /// Segments a SIM sends in an hour, answers and codes excepted; 0: no limit.
        per_hour: u32 = may("per_hour", "300"), whole(0, 7_200, "carriers block a SIM that floods");
        /// Segments a SIM sends in a day; 0: no limit.
        per_day: u32 = may("per_day", "3000"), whole(0, 172_800, "carriers block a SIM that floods");
        /// Texts that one person gets unasked in an hour, answers not counted; 0: no limit.
        per_recipient_hour: u32 = may("per_recipient_hour", "6"), whole(0, 100, "more is a nuisance");
        /// Answers to one number within ten minutes; what comes then is stored and not answered.
        replies_10min: u32 = may("replies_10min", "120"),
            whole(3, 200, "fewer cut a talk short, and more let two machines talk on for money");
        /// A handset that asked for none of so many WAP pushes gets texts in place of them; 0: nobody is sent a push.
        push_tries: u8 = may("push_tries", "2"), whole(0, 20, "phones of today show none, and each is paid for");
        /// A person's telephone, named in help texts.
        help_phone: Option<Number> = may("help_phone", OFF).like(r#""0531-88001234""#), off_or(number);
    }

    /// `[[sendsms]]`: a program that may send by `/cgi-bin/sendsms`.
    SendSms "sendsms" {
        username: String = must("username", r#""erp""#).unique(as_written), text(1, 64, "it travels in an address");
        /// Also what `password_file` holds, once `Config::read_secrets` has read it; then always there.
        password: Option<Secret> =
            may("password", OFF).like(r#""a-long-word-of-your-own""#).secret().twin(Twin::OneOf("password_file")), off_or(password);
        /// A file with the password.
        password_file: Option<PathBuf> =
            may("password_file", OFF).like(r#""sendsms.secret""#).file(File::Private), off_or(path);
    }

    /// `[api]`: programs that may use `/api/v1/`; the local socket needs no token.
    Api "api" {
    } [
        /// None: only the local socket is served.
        tokens: Token;
    ]

    /// `[[api.tokens]]`: one bearer token.
    Token "api.tokens" {
        /// Who holds it: in logs and in the audit.
        name: String = must("name", r#""crm""#).unique(as_written), label(32);
        /// Also what `token_file` holds, once `Config::read_secrets` has read it; then always there.
        token: Option<Secret> =
            may("token", OFF).like(r#""paste-openssl-rand-hex-16-here""#).secret().twin(Twin::OneOf("token_file")), off_or(token);
        /// A file with the token.
        token_file: Option<PathBuf> =
            may("token_file", OFF).like(r#""api.token""#).file(File::Private), off_or(path);
    }

    /// `[[webhook]]`: a program that is told what happens.
    Webhook "webhook" {
        /// How far it was told is kept under this name, and logs and metrics use it.
        name: String = must("name", r#""crm""#).unique(as_written), label(32);
        /// Where events are posted to.
        url: String = must("url", r#""https://crm.example.com/yizhan""#), web_url;
        /// Signs what is posted; also what `secret_file` holds, once `Config::read_secrets` has read it; then always there.
        secret: Option<Secret> =
            may("secret", OFF).like(r#""paste-openssl-rand-hex-16-here""#).secret().twin(Twin::OneOf("secret_file")), off_or(token);
        /// A file with the secret.
        secret_file: Option<PathBuf> =
            may("secret_file", OFF).like(r#""webhook.secret""#).file(File::Private), off_or(path);
        /// Certificates in PEM that are believed beside those of the web's authorities.
        ca: Option<PathBuf> = may("ca", OFF).like(r#""fullchain.pem""#).file(File::There), off_or(path);
        /// What it is told of.
        events: Vec<&'static str> = may("events", r#"["text", "report"]"#), list(choice(EVENTS));
        /// The slug of the one company whose events it is told; `None`: everybody's.
        site: Option<String> = may("site", OFF).like(r#""tea""#), off_or(label(32));
        /// An event that could not be told for so long is given up.
        give_up: Duration = may("give_up_h", "48"), hours(1, 168, "events are kept for a week at least");
    }

    /// `[hub]`: where every record is copied to.
    Hub "hub" {
        /// The NATS server; `None`: the box stands alone.
        url: Option<String> = may("url", OFF).like(r#""tls://hub.example.com:4222""#), off_or(hub_url);
        /// The NATS credentials file.
        credentials: Option<PathBuf> = may("credentials", OFF).like(r#""hub.creds""#).file(File::Private), off_or(path);
        /// The region of the national portal that it belongs to.
        region: Option<String> = may("region", OFF).like(r#""sd-jinan""#), off_or(label(32));
    }

    /// `[store]`: room on disk and in memory.
    Store "store" {
        /// Octets of one journal segment.
        segment: u64 = may("segment_mib", "8"), mib(1, 256, "smaller makes many files, and a whole one is read at start");
        /// Octets of disk kept free: below it nothing new is accepted, and what is accepted can still be finished.
        reserve: u64 = may("reserve_mib", "64"), mib(16, 65_536, "a checkpoint needs room to end in");
        /// Octets of sled's cache.
        cache: u64 = may("cache_mib", "8"), mib(4, 1_024, "sled thrashes below, and small boxes have 512 of memory");
        /// Days that closed texts and silent phones' conversations stay at hand; then texts go to the archive.
        keep_days: u32 = may("keep_days", "30"),
            whole(7, 366, "programs ask for a message for a week, and each takes memory");
        /// Files of the archive are kept so many months after their own.
        archive_months: u32 = may("archive_months", "6"), whole(1, 120, "the law of your country says how long");
    }

    /// `[log]`: what is written down about the box itself.
    Log "log" {
        level: log::LevelFilter = may("level", r#""info""#), choice(LEVELS);
        /// `None`: standard error, which systemd keeps.
        file: Option<PathBuf> = may("file", OFF).like(r#""/var/log/yizhan.log""#), off_or(path);
        /// Octets of one log file, then the next is begun.
        file_size: u64 = may("file_mib", "4"), mib(1, 256, "it is kept on the box's own flash");
        /// Log files kept.
        files: usize = may("files", "4"), whole(1, 100, "they are kept on the box's own flash");
    }
}
