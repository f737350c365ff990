//! The config file, in two steps: as written (`keys.rs`, a table with one row a key) → as meant (`Config`, parsed
//! types only). `check` does both and tells every fault at once, with line, key and what would be right.
//!
//! Not here: what owners and operators change while the box runs (sites, plans, members): that is in the store.

mod check;
mod keys;
mod syntax;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod values;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

pub use check::check;
pub use keys::{Api, Certificate, Http, Https, Hub, Log, Modem, SendSms, Sms, Store, ThisBox, Token, Wap, Webhook};
pub use values::{is_host_name, is_web_url};

/// The whole config, one field a TOML table. Paths are absolute when the config file's folder was.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[box]`, which is a word of Rust.
    pub this_box: ThisBox,
    pub http: Http,
    pub https: Https,
    pub wap: Wap,
    /// `[[modem]]`; none: a box without SMS.
    pub modems: Vec<Modem>,
    pub sms: Sms,
    /// `[[sendsms]]`; none: `/cgi-bin/sendsms` refuses everybody.
    pub sendsms: Vec<SendSms>,
    pub api: Api,
    /// `[[webhook]]`; none: programs ask by themselves.
    pub webhooks: Vec<Webhook>,
    pub hub: Hub,
    pub store: Store,
    pub log: Log,
}

/// One thing that is wrong in a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1; 0 where no line is to blame.
    pub line: usize,
    /// `table.key`; `syntax` for what is not TOML.
    pub key: String,
    /// The value as written, `***` for a secret; empty where none is to blame.
    pub written: String,
    pub wrong: String,
    pub right: String,
}

/// A password, token or PIN: shown by nothing that prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A network in CIDR notation (RFC 4632, 3.1; RFC 4291, 2.3); a bare address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Config {
    /// The demo's: all defaults, domain `localhost`, everything in `data`, no modem.
    pub fn demo(data: PathBuf, listen: SocketAddr) -> Config {
        let text = "[box]\nid = \"demo\"\ndomain = \"localhost\"\n";
        let mut config = check(text, Path::new("/")).expect("the demo's text is good: a test reads it");
        config.this_box.socket = data.join("yizhan.sock");
        config.this_box.data = data;
        config.this_box.url = format!("http://{listen}/");
        config.http.listen = listen;
        // A demo is looked at by day and by night, and nobody blocks a SIM that is only shown.
        config.sms.quiet_to = config.sms.quiet_from;
        (config.sms.per_minute, config.sms.per_hour, config.sms.per_day) = (0, 0, 0);
        config.sms.per_recipient_hour = 0;
        config
    }

    /// Reads every `…_file` that holds a secret into the key it stands for. At start, before privileges are dropped.
    ///
    /// # Errors
    /// Each file that cannot be read or does not hold such a secret, with line 0.
    pub fn read_secrets(&mut self) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for modem in &mut self.modems {
            let right = "a file with the 4 to 8 digits of the PIN";
            read_secret("modem.pin_file", &modem.pin_file, values::is_pin, right, &mut modem.pin, &mut faults);
        }
        for user in &mut self.sendsms {
            let right = "a file with one line of 8 to 128 characters";
            let file = &user.password_file;
            read_secret("sendsms.password_file", file, values::is_password, right, &mut user.password, &mut faults);
        }
        for token in &mut self.api.tokens {
            let right = "a file with 16 to 128 letters and digits, as `openssl rand -hex 16` makes them";
            read_secret(
                "api.tokens.token_file",
                &token.token_file,
                values::is_token,
                right,
                &mut token.token,
                &mut faults,
            );
        }
        for hook in &mut self.webhooks {
            let right = "a file with 16 to 128 letters and digits, as `openssl rand -hex 16` makes them";
            let file = &hook.secret_file;
            read_secret("webhook.secret_file", file, values::is_token, right, &mut hook.secret, &mut faults);
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// What follows from other keys where it is not written.
    fn fill(&mut self) {
        let this_box = &mut self.this_box;
        if this_box.socket.as_os_str().is_empty() {
            this_box.socket = this_box.data.join("yizhan.sock");
        }
        if this_box.url.is_empty() {
            this_box.url = match self.http.listen.port() {
                // Port 0 is not known before it is bound.
                0 | 80 => format!("http://{}/", this_box.domain),
                port => format!("http://{}:{port}/", this_box.domain),
            };
        }
    }
}

impl Modem {
    /// A modem of which only the port is known, as `demo --modem` names it.
    pub fn at(name: &str, port: PathBuf, baud: Option<u32>) -> Modem {
        const BAUD: u32 = 115_200; // as the table's default
        let (number, pin, pin_file, profile, power, site) = (None, None, None, None, None, None);
        Modem { name: name.to_owned(), port, baud: baud.unwrap_or(BAUD), number, pin, pin_file, profile, power, site }
    }
}

impl Http {
    /// Whether `/metrics` and `/cgi-bin/` are open to this peer.
    pub fn is_private(&self, peer: IpAddr) -> bool {
        self.private.iter().any(|network| network.contains(peer))
    }
}

impl Secret {
    pub fn new(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    /// The secret itself, for the modem's `AT+CPIN` and the like.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `given` is this secret, in a time that tells nothing but its length.
    pub fn is(&self, given: &str) -> bool {
        let (ours, given) = (self.0.as_bytes(), given.as_bytes());
        ours.len() == given.len() && ours.iter().zip(given).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Network {
    /// # Errors
    /// Why not, in words that follow "key = value: ".
    pub fn parse(text: &str) -> Result<Network, String> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| "not a network, such as 192.168.1.0/24 or ::1")?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => longest,
            Some(bits) => match bits.parse() {
                Ok(bits) if bits <= longest => bits,
                _ => return Err(format!("after the / a number from 0 to {longest} is meant")),
            },
        };
        let network = Network { address, bits };
        let first: IpAddr = match address {
            IpAddr::V4(_) => Ipv4Addr::from((network.masked(address) >> 96) as u32).into(),
            IpAddr::V6(_) => Ipv6Addr::from(network.masked(address)).into(),
        };
        if first == address { Ok(network) } else { Err(format!("the network of that address is {first}/{bits}")) }
    }

    /// An IPv4 peer that reached us through an IPv6 socket counts as IPv4 (RFC 4291, 2.5.5.2).
    pub fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        peer.is_ipv4() == self.address.is_ipv4() && self.masked(peer) == self.masked(self.address)
    }

    /// The address's network bits, at the top of 128.
    fn masked(&self, address: IpAddr) -> u128 {
        let all = match address {
            IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
            IpAddr::V6(address) => u128::from(address),
        };
        all & u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}: ", self.line)?;
        }
        f.write_str(&self.key)?;
        if !self.written.is_empty() {
            write!(f, " = {}", self.written)?;
        }
        write!(f, ": {}; right would be {}", self.wrong, self.right)
    }
}

/// The faults as people and editors read them, one a line: `path:line: key = value: wrong; right would be …`.
pub fn report(path: &Path, faults: &[Fault]) -> String {
    let lines = faults.iter().map(|fault| {
        let blank = if fault.line == 0 { " " } else { "" };
        format!("{}:{blank}{fault}\n", path.display())
    });
    lines.collect()
}

fn read_secret(
    key: &str,
    file: &Option<PathBuf>,
    is_good: fn(&str) -> bool,
    right: &str,
    secret: &mut Option<Secret>,
    faults: &mut Vec<Fault>,
) {
    let Some(path) = file else { return };
    let mut fault = |wrong: String| {
        let (key, written) = (key.to_owned(), format!("\"{}\"", path.display()));
        faults.push(Fault { line: 0, key, written, wrong, right: right.to_owned() });
    };
    match std::fs::read_to_string(path) {
        Ok(text) if is_good(text.trim()) => *secret = Some(Secret::new(text.trim())),
        Ok(_) => fault("what it holds cannot be used".to_owned()),
        Err(error) => fault(format!("cannot be read: {error}")),
    }
}
