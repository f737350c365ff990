//! The ports of the config: free, ours, or whose; and whether the web answers on them (proc(5), `/proc/net/tcp` and
//! `/proc/net/udp`).
//!
//! Not here: names and routes, which are the network's.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::findings::{Findings, Said};
use super::processes::{Process, holders};
use super::running::Running;
use super::words;
use crate::config::Config;

/// The box answers in milliseconds; a machine that swaps, in seconds.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn tell(found: &mut Findings, config: &Config, lives: Option<&Running>) {
    let (streams, datagrams) = (listening(&TCP), listening(&UDP));
    for (key, address) in ports_of(config) {
        found.about("port", words::PORT);
        let listening = if key.starts_with("wap.") { &datagrams } else { &streams };
        let whose: Vec<&Listening> = listening.iter().filter(|listening| listening.takes(address)).collect();
        let holder = whose.iter().find_map(|l| holders(&format!("socket:[{}]", l.inode)).into_iter().next());
        let shown = address.to_string();
        // What one may not look into is the running box's, if one runs.
        let is_ours = lives.is_some_and(|running| holder.as_ref().is_none_or(|process| process.id == running.pid));
        match holder {
            _ if is_ours && !whose.is_empty() => {
                found.good((words::PORT_OURS, &[&shown]));
                if key == WEB_KEY {
                    tell_web(found, address, &config.this_box.domain);
                }
            }
            Some(process) => tell_taken(found, key, &shown, &process),
            None if lives.is_some() => found.bad((words::PORT_SILENT, &[&shown]), (words::RESTART, &[])),
            None if whose.is_empty() => found.good((words::PORT_FREE, &[&shown])),
            None => found.bad((words::PORT_TAKEN_BY_ONE, &[&shown]), (words::PORT_TAKEN_BY_ONE_HELP, &[key])),
        }
    }
}

const WEB_KEY: &str = "http.listen";

/// With the key that each is written under. Port 0 is the system's choice and never taken.
fn ports_of(config: &Config) -> Vec<(&'static str, SocketAddr)> {
    let wap = |port| Some(SocketAddr::new(config.wap.listen, port));
    let all = [
        (WEB_KEY, Some(config.http.listen)),
        ("https.listen", config.https.listen),
        ("wap.connectionless_port", wap(config.wap.connectionless_port)),
        ("wap.session_port", wap(config.wap.session_port)),
    ];
    all.into_iter().filter_map(|(key, address)| Some((key, address.filter(|a| a.port() != 0)?))).collect()
}

fn tell_taken(found: &mut Findings, key: &str, address: &str, process: &Process) {
    let (shown, id) = (process.shown(), process.id.to_string());
    let says: Said = (words::PORT_TAKEN, &[address, &shown]);
    if process.name.starts_with("yizhan") {
        found.bad(says, (words::PORT_SECOND_BOX, &[&id, key]));
    } else {
        found.bad(says, (words::PORT_TAKEN_HELP, &[&process.name, key]));
    }
}

/// Asks as a browser on this machine would.
fn tell_web(found: &mut Findings, listen: SocketAddr, domain: &str) {
    found.about("web", words::WEB);
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let url = format!("http://{address}/healthz");
    match healthz(address, domain) {
        Ok(answer) if answer == "ok" => found.good((words::WEB_GOOD, &[&url])),
        Ok(answer) => found.bad((words::WEB_UNWELL, &[&url, &answer]), (words::RESTART, &[])),
        Err(error) => found.bad((words::WEB_UNWELL, &[&url, &error.to_string()]), (words::RESTART, &[])),
    }
}

fn healthz(address: SocketAddr, domain: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: {domain}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    // Another program may be there and say what it likes for as long as it likes.
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let first = |text: &str| text.lines().next().unwrap_or("").trim().chars().take(80).collect::<String>();
    // A page instead of our word says nothing here; its status does.
    Ok(if body.trim_start().starts_with('<') || body.is_empty() { first(head) } else { first(body) })
}

/// A socket that waits for connections, or for datagrams from anywhere.
#[derive(Debug, PartialEq, Eq)]
struct Listening {
    address: SocketAddr,
    inode: u64,
}

impl Listening {
    /// Whether nobody else can listen there: the same port, at the same address or at all of them.
    fn takes(&self, wanted: SocketAddr) -> bool {
        let (own, wanted_ip) = (self.address.ip().to_canonical(), wanted.ip().to_canonical());
        let everywhere = |ip: IpAddr| ip.is_unspecified();
        self.address.port() == wanted.port() && (own == wanted_ip || everywhere(own) || everywhere(wanted_ip))
    }
}

/// The kernel's tables of one kind of sockets, and the state of one that waits in them (TCP_LISTEN and TCP_CLOSE).
struct Tables {
    paths: [&'static str; 2],
    waits: &'static str,
}

const TCP: Tables = Tables { paths: ["/proc/net/tcp", "/proc/net/tcp6"], waits: "0A" };
const UDP: Tables = Tables { paths: ["/proc/net/udp", "/proc/net/udp6"], waits: "07" };

fn listening(tables: &Tables) -> Vec<Listening> {
    let texts = tables.paths.map(|path| fs::read_to_string(path).unwrap_or_default());
    texts.iter().flat_map(|text| text.lines().filter_map(|line| listening_of(line, tables.waits))).collect()
}

fn listening_of(line: &str, waits: &str) -> Option<Listening> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.split_once(':')?;
    if *fields.get(3)? != waits {
        return None;
    }
    let port = u16::from_str_radix(port, 16).ok()?;
    // Words of 32 bits, each as the machine keeps it in memory.
    let octets = |word: &str| u32::from_str_radix(word, 16).map(u32::to_ne_bytes).ok();
    let words: Option<Vec<[u8; 4]>> = (0..address.len() / 8).map(|n| octets(&address[n * 8..n * 8 + 8])).collect();
    let ip: IpAddr = match words?.concat().as_slice() {
        [a, b, c, d] => Ipv4Addr::new(*a, *b, *c, *d).into(),
        long => Ipv6Addr::from(<[u8; 16]>::try_from(long).ok()?).into(),
    };
    Some(Listening { address: SocketAddr::new(ip, port), inode: fields.get(9)?.parse().ok()? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_tables_are_read() {
        // As a little-endian machine writes them.
        let loopback = "   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 4711 1 0 100";
        let everywhere =
            "1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 99 1";
        let talking = loopback.replace(" 0A ", " 01 ");
        if cfg!(target_endian = "little") {
            let one = listening_of(loopback, TCP.waits).unwrap();
            assert_eq!(one, Listening { address: "127.0.0.1:80".parse().unwrap(), inode: 4711 });
            assert!(one.takes("0.0.0.0:80".parse().unwrap()) && !one.takes("192.168.1.1:80".parse().unwrap()));
            assert!(!one.takes("127.0.0.1:81".parse().unwrap()));
        }
        let all = listening_of(everywhere, TCP.waits).unwrap();
        assert_eq!(all.address, "[::]:8080".parse().unwrap());
        assert!(all.takes("127.0.0.1:8080".parse().unwrap()));
        assert_eq!(
            (
                listening_of(&talking, TCP.waits),
                listening_of("sl local_address", TCP.waits),
                listening_of("", TCP.waits)
            ),
            (None, None, None)
        );
        assert_eq!(listening_of("0: 0:0050 0 0A 0 0 0 0 0 1", TCP.waits), None);
    }
}
