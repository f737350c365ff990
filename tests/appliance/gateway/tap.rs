//! A wire that one can look at: datagrams pass between phones and a port of the box, and are kept as a capture file whose
//! addresses are made up, since only the ports matter to who reads it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;

pub struct Tap {
    /// Where phones send to.
    pub address: SocketAddr,
    /// The port's number as it stands in the capture.
    port: u16,
    seen: Seen,
}

/// Each with the phone's port, and whether it came from the phone.
type Seen = Arc<Mutex<Vec<(u16, bool, Vec<u8>)>>>;

impl Tap {
    /// Passes everything on to `gateway`.
    pub async fn before(gateway: SocketAddr, port: u16) -> Tap {
        let near = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let (address, seen) = (near.local_addr().unwrap(), Seen::default());
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            let (mut phones, mut buffer) = (HashMap::new(), vec![0; 65_535]);
            while let Ok((length, phone)) = near.recv_from(&mut buffer).await {
                kept.lock().unwrap().push((phone.port(), true, buffer[..length].to_vec()));
                let far: &mut Arc<UdpSocket> = match phones.entry(phone) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let far = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
                        far.connect(gateway).await.unwrap();
                        tokio::spawn(back(Arc::clone(&far), Arc::clone(&near), phone, Arc::clone(&kept)));
                        new.insert(far)
                    }
                };
                let _ = far.send(&buffer[..length]).await;
            }
        });
        Tap { address, port, seen }
    }
}

async fn back(far: Arc<UdpSocket>, near: Arc<UdpSocket>, phone: SocketAddr, seen: Seen) {
    let mut buffer = vec![0; 65_535];
    while let Ok(length) = far.recv(&mut buffer).await {
        seen.lock().unwrap().push((phone.port(), false, buffer[..length].to_vec()));
        let _ = near.send_to(&buffer[..length], phone).await;
    }
}

/// A capture of whole IP packets (pcap, link type 101).
pub fn write(path: &Path, taps: &[Tap]) {
    let mut out = Vec::new();
    for word in [0xA1B2_C3D4u32, 2 | 4 << 16, 0, 0, 65_535, 101] {
        out.extend(word.to_le_bytes());
    }
    for tap in taps {
        for (phone, is_from_phone, octets) in tap.seen.lock().unwrap().iter() {
            let (from, to) = if *is_from_phone { (*phone, tap.port) } else { (tap.port, *phone) };
            let packet = packet(from, to, octets);
            for word in [0, 0, packet.len() as u32, packet.len() as u32] {
                out.extend(word.to_le_bytes());
            }
            out.extend(packet);
        }
    }
    std::fs::write(path, out).unwrap();
}

/// IPv4 and UDP round it (RFC 791, RFC 768), without checksums.
fn packet(from: u16, to: u16, octets: &[u8]) -> Vec<u8> {
    let length = |head: usize| (head + octets.len()) as u16;
    let mut out = vec![0x45, 0];
    out.extend(length(28).to_be_bytes());
    out.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    for word in [from, to, length(8), 0] {
        out.extend(word.to_be_bytes());
    }
    out.extend(octets);
    out
}
