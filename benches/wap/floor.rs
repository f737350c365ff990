//! The floor of a gateway: one datagram in, the ready answer out, and nothing between but the kernel.

use std::io::Write;
use std::net::UdpSocket;
use std::path::Path;

use serde_json::json;
use yizhan::wap::wsp::pdu::Pdu;

use crate::Figure;

/// `application/vnd.wap.wmlc`.
const WMLC: &[u8] = &[0x94];

pub fn run(file: &Path) -> Figure {
    // One that phones take for a port without sessions.
    let socket = loop {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        if socket.local_addr()?.port() % 2 == 0 {
            break socket;
        }
    };
    let data = std::fs::read(file)?;
    let mut answer = vec![0];
    answer.extend(Pdu::Reply { status: 0x20, headers: WMLC, data: &data }.write());
    let mut out = std::io::stdout();
    writeln!(out, "{}", json!({"port": socket.local_addr()?.port()}))?;
    out.flush()?;
    let mut buffer = vec![0; 65_535];
    std::thread::spawn(move || {
        while let Ok((_, peer)) = socket.recv_from(&mut buffer) {
            answer[0] = buffer[0];
            let _ = socket.send_to(&answer, peer);
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(json!({}))
}
