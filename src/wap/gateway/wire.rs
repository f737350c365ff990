//! A UDP socket that answers from the address it was asked at.
//!
//! A phone drops an answer that comes from elsewhere than it asked. A socket that listens at one address answers from there;
//! one that listens at all of them is told with each datagram which was meant (RFC 3542, 6; Linux's `ip(7)`), and says so
//! with each that it sends. That costs it some 2 µs a datagram, so others do without.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::wap::peer::Peer;

pub(super) struct Wire {
    socket: UdpSocket,
    is_everywhere: bool,
}

impl Wire {
    pub async fn bind(address: SocketAddr) -> io::Result<Wire> {
        let socket = UdpSocket::bind(address).await?;
        let is_everywhere = address.ip().is_unspecified();
        match address {
            _ if !is_everywhere => {}
            SocketAddr::V4(_) => setsockopt(&socket, Ipv4PacketInfo, &true)?,
            SocketAddr::V6(_) => setsockopt(&socket, Ipv6RecvPacketInfo, &true)?,
        }
        Ok(Wire { socket, is_everywhere })
    }

    #[cfg(test)]
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    pub async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, Peer)> {
        if self.is_everywhere {
            return self.socket.async_io(Interest::READABLE, || self.received(buffer)).await;
        }
        self.socket.recv_from(buffer).await.map(|(length, address)| (length, address.into()))
    }

    /// `None`: nothing is there.
    pub fn receive_now(&self, buffer: &mut [u8]) -> Option<(usize, Peer)> {
        if self.is_everywhere {
            return self.socket.try_io(Interest::READABLE, || self.received(buffer)).ok();
        }
        self.socket.try_recv_from(buffer).ok().map(|(length, address)| (length, address.into()))
    }

    /// What cannot be sent is lost as on any other way.
    pub async fn send(&self, octets: &[u8], to: Peer) {
        let sent = match to.asked {
            Some(from) => self.socket.async_io(Interest::WRITABLE, || self.sent_from(from, octets, to.address)).await,
            None => self.socket.send_to(octets, to.address).await,
        };
        if let Err(error) = sent {
            log::debug!("a datagram of {} octets for {}: {error}", octets.len(), to.address);
        }
    }

    fn received(&self, buffer: &mut [u8]) -> io::Result<(usize, Peer)> {
        let mut about = cmsg_space!(in6_pktinfo);
        let mut parts = [IoSliceMut::new(buffer)];
        let message: nix::sys::socket::RecvMsg<SockaddrStorage> =
            recvmsg(self.socket.as_raw_fd(), &mut parts, Some(&mut about), MsgFlags::empty())?;
        let from = message.address.and_then(|from| {
            let v4 = from.as_sockaddr_in().map(|from| SocketAddr::V4((*from).into()));
            v4.or_else(|| from.as_sockaddr_in6().map(|from| SocketAddr::V6((*from).into())))
        });
        let Some(address) = from else { return Err(io::ErrorKind::InvalidData.into()) };
        let asked = message.cmsgs()?.find_map(|about| match about {
            ControlMessageOwned::Ipv4PacketInfo(info) => Some(IpAddr::from(info.ipi_spec_dst.s_addr.to_ne_bytes())),
            ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::from(info.ipi6_addr.s6_addr)),
            _ => None,
        });
        Ok((message.bytes, Peer { address, asked }))
    }

    fn sent_from(&self, from: IpAddr, octets: &[u8], to: SocketAddr) -> io::Result<usize> {
        let (v4, v6);
        let about = match from {
            IpAddr::V4(ip) => {
                let spec_dst = in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
                v4 = in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: spec_dst, ipi_addr: in_addr { s_addr: 0 } };
                ControlMessage::Ipv4PacketInfo(&v4)
            }
            IpAddr::V6(ip) => {
                v6 = in6_pktinfo { ipi6_addr: in6_addr { s6_addr: ip.octets() }, ipi6_ifindex: 0 };
                ControlMessage::Ipv6PacketInfo(&v6)
            }
        };
        let to = SockaddrStorage::from(to);
        Ok(sendmsg(self.socket.as_raw_fd(), &[IoSlice::new(octets)], &[about], MsgFlags::empty(), Some(&to))?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A connected socket hears the one address that it asked, as a phone does.
    #[tokio::test]
    async fn an_answer_comes_from_where_was_asked() {
        for (listen, asked) in [
            ("0.0.0.0:0", &["127.0.0.1", "127.0.0.2", "127.9.9.9"][..]),
            ("127.0.0.3:0", &["127.0.0.3"]),
            ("[::]:0", &["::1", "127.0.0.2"]),
            ("[::1]:0", &["::1"]),
        ] {
            let Ok(wire) = Wire::bind(listen.parse().unwrap()).await else {
                assert!(listen.starts_with('['), "a machine without IPv6 has the other one");
                continue;
            };
            for asked in asked {
                let ip: IpAddr = asked.parse().unwrap();
                let own = if ip.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
                let phone = UdpSocket::bind(own).await.unwrap();
                phone.connect((ip, wire.address().port())).await.unwrap();
                phone.send(b"?").await.unwrap();
                let mut buffer = [0; 9];
                let (length, peer) = wire.receive(&mut buffer).await.unwrap();
                assert_eq!((&buffer[..length], peer.address.port()), (&b"?"[..], phone.local_addr().unwrap().port()));
                wire.send(b"!", peer).await;
                let answer = tokio::time::timeout(Duration::from_secs(5), phone.recv(&mut buffer)).await;
                assert_eq!(answer.expect("no answer from there").unwrap(), 1, "{listen} asked at {asked}");
                assert!(wire.receive_now(&mut buffer).is_none());
            }
        }
    }
}
