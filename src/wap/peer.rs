//! Who speaks to us over UDP, and which of many peers are one machine.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

/// What the standards call the address quadruplet: the phone's address and port, and the address of ours that it asked. Our
/// port is the one there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    pub address: SocketAddr,
    /// `None`: we listen at one address only, and answer from there.
    pub asked: Option<IpAddr>,
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Peer {
        Peer { address, asked: None }
    }
}

/// All addresses that one subscriber has for the asking: an IPv4 address is one, and so are the 2⁶⁴ of an IPv6 network
/// (RFC 4291, 2.5.4), of which a machine may take any it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    first: IpAddr,
    last: IpAddr,
}

impl Machine {
    /// `None`: this machine, which nothing is counted of: the kernel takes no loopback address from a wire.
    pub fn of(ip: IpAddr) -> Option<Machine> {
        if ip.to_canonical().is_loopback() {
            return None;
        }
        Some(match ip {
            // In the link's own network everybody has one address of the same 64 bits.
            IpAddr::V6(ip) if ip.to_ipv4_mapped().is_none() && !ip.is_unicast_link_local() => {
                let network = ip.to_bits() & !u128::from(u64::MAX);
                let at = |host| IpAddr::V6(Ipv6Addr::from_bits(network | u128::from(host)));
                Machine { first: at(u64::MIN), last: at(u64::MAX) }
            }
            ip => Machine { first: ip, last: ip },
        })
    }

    /// From the first to the last of its peers.
    pub fn peers(self) -> RangeInclusive<Peer> {
        const LAST: IpAddr = IpAddr::V6(Ipv6Addr::from_bits(u128::MAX));
        let mut last = SocketAddr::new(self.last, u16::MAX);
        if let SocketAddr::V6(last) = &mut last {
            last.set_flowinfo(u32::MAX);
            last.set_scope_id(u32::MAX);
        }
        Peer { address: SocketAddr::new(self.first, 0), asked: None }..=Peer { address: last, asked: Some(LAST) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn machine(ip: &str) -> Option<Machine> {
        Machine::of(ip.parse().unwrap())
    }

    #[test]
    fn a_machine_is_an_address_or_a_network_of_version_6() {
        for (one, other, same) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("fd00::1", "fd00::ffff:ffff:ffff:ffff", true),
            ("fd00::1", "fd00:0:0:1::1", false),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.2", false),
            ("fe80::1", "fe80::2", false),
        ] {
            assert_eq!(machine(one) == machine(other), same, "{one} {other}");
        }
        assert_eq!(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].map(machine), [None; 4]);
    }

    #[test]
    fn its_peers_have_all_ports_and_none_of_anothers() {
        let peer = |address: &str, asked: Option<&str>| Peer {
            address: address.parse().unwrap(),
            asked: asked.map(|ip| ip.parse().unwrap()),
        };
        for (ip, address, is_of) in [
            ("10.0.0.2", "10.0.0.2:1", true),
            ("10.0.0.2", "10.0.0.2:65535", true),
            ("10.0.0.2", "10.0.0.1:65535", false),
            ("10.0.0.2", "10.0.0.3:0", false),
            ("fd00::2", "[fd00::]:0", true),
            ("fd00::2", "[fd00::ffff:ffff:ffff:ffff%9]:65535", true),
            ("fd00::2", "[fd00:0:0:1::]:0", false),
        ] {
            let peers = machine(ip).unwrap().peers();
            for asked in [None, Some("10.0.0.9"), Some("ffff::")] {
                assert_eq!(peers.contains(&peer(address, asked)), is_of, "{ip} {address}");
            }
        }
    }
}
