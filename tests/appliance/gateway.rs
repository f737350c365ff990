//! The gateway for old phones, by Kannel's `fakewap` in both its modes and by a phone of our own for what that one does
//! not do: all that goes over the wire passes a tap, and Wireshark reads it.

mod phone;
mod reached;
mod tap;

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use yizhan::sections::ALL;
use yizhan::wap::decompile;
use yizhan::wap::wsp::pdu::{Method, Pdu};
use yizhan::wap::wsp::session::reason;

use crate::harness::{Appliance, folder};
use phone::Phone;
use tap::Tap;

const FAKEWAP: &str = "/usr/lib/kannel/test/fakewap";
const WMLC: &str = "application/vnd.wap.wmlc";

/// A box with its gateway, and the taps before its two ports.
struct Wired {
    appliance: Appliance,
    taps: [Tap; 2],
}

impl Wired {
    async fn start() -> Wired {
        let ports = [free_port(), free_port()];
        let appliance = Appliance::with(ALL, folder(), |config| {
            [config.wap.connectionless_port, config.wap.session_port] = ports;
        })
        .await;
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let taps = [Tap::before(address(ports[0]), 9200).await, Tap::before(address(ports[1]), 9201).await];
        Wired { appliance, taps }
    }

    /// One page by `fakewap`: what it says of it, and the octets of the page.
    async fn fetch(&self, sessions: bool, url: &str, more: &[&str]) -> (String, Vec<u8>) {
        let file = self.appliance.data.join("fetched");
        let _ = std::fs::remove_file(&file);
        let port = self.taps[usize::from(sessions)].address.port().to_string();
        let mode = if sessions { "1" } else { "0" };
        let name = file.to_str().unwrap();
        let mut fakewap = Command::new(FAKEWAP);
        fakewap.args(["-g", "127.0.0.1", "-p", &port, "-M", mode, "-i", "0", "-w", name]).args(more).arg(url);
        let ended = tokio::task::spawn_blocking(move || {
            let output = fakewap.stdin(Stdio::null()).output();
            output.expect("fakewap is not there: `.ci/packages kannel-extras` installs it")
        });
        let output = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("fakewap does not end").unwrap();
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&said).into_owned(), std::fs::read(&file).unwrap_or_default())
    }

    /// The same page by HTTP, compiled.
    async fn deck(&self, target: &str, host: &str) -> Vec<u8> {
        let reply = self.appliance.get(target, &[("accept", WMLC), ("host", host)]).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, WMLC), "{target}");
        reply.body
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fakewap_fetches_the_demos_pages() {
    let wired = Wired::start().await;
    for (host, target) in [
        ("localhost", "/"),
        ("localhost", "/?v=wml"),
        ("localhost", "/s/juhelou/"),
        ("juhelou.localhost", "/"),
        ("wap.juhelou.localhost", "/"),
        ("127.0.0.1:8080", "/i/restaurant"),
    ] {
        let expected = wired.deck(&target.replace("v=wml", "v=wmlc"), host).await;
        for sessions in [false, true] {
            let url = format!("http://{host}{target}");
            let (said, page) = wired.fetch(sessions, &url, &[]).await;
            assert!(said.contains("status code 200"), "{url}\n{said}");
            assert_eq!(page, expected, "{url}\n{said}");
        }
    }
    // Numbers that begin anew, acknowledgement and goodbye in one datagram, and a stretch of sessions one after another.
    for more in [&["-n"][..], &["-s"], &["-m", "20"], &["-m", "20", "-c", "4"]] {
        let (said, page) = wired.fetch(true, "http://localhost/", more).await;
        assert!(!page.is_empty() && said.contains("complete"), "{more:?}\n{said}");
    }
    // What is not the box's is said in words.
    for sessions in [false, true] {
        let (said, page) = wired.fetch(sessions, "http://www.example.com/", &[]).await;
        assert!(said.contains("403") && String::from_utf8_lossy(&page).contains("只有本站"), "{said}");
    }
    let metrics = wired.appliance.get("/metrics", &[]).await.text();
    assert!(metrics.contains("yizhan_wap_total{what=\"connectionless\"} 7\n"), "{metrics}");
    assert!(metrics.contains("yizhan_wap_total{what=\"malformed\"} 0\n"), "{metrics}");
    let capture = wired.appliance.data.join("wap.pcap");
    tap::write(&capture, &wired.taps);
    assert!(tshark(&capture) > 150, "little was captured");
    wired.appliance.stop().await;
}

/// A session as a phone has it: pages, a picture in segments, a form sent in segments, a call in between, goodbye.
#[tokio::test(flavor = "multi_thread")]
async fn a_phone_reads_writes_takes_a_call_and_goes() {
    let wired = Wired::start().await;
    let gateway = wired.taps[1].address;
    let mut phone = Phone::at(gateway).await;
    // It takes and sends whatever there is, and shows WML and JPEG.
    let headers = b"\x80\x94\x80\x88\x80\x9E\xA9Nokia7210/1.0 (3.09)\0";
    phone.connect(&[2, 0x80, 0, 2, 0x81, 0], headers).await;
    let front = phone.get("http://juhelou.localhost/").await;
    assert_eq!((front.status, front.media_type.as_str()), (0x20, WMLC));
    let dish = decompile::xml(&phone.get("http://localhost/s/juhelou/products").await.body).unwrap();
    let dish = dish.split("href=\"").find(|link| link.starts_with("/s/juhelou/products/")).expect("a dish");
    let dish = dish.split('"').next().unwrap();
    let deck = decompile::xml(&phone.get(&format!("http://localhost{dish}")).await.body).unwrap();
    let picture = deck.split("src=\"").nth(1).expect("a picture").split('"').next().unwrap();
    let shown = phone.get(&format!("http://localhost{picture}")).await;
    assert_eq!((shown.status, shown.media_type.as_str(), &shown.body[..2]), (0x20, "image/jpeg", &[0xFF, 0xD8][..]));
    assert!(shown.body.len() > 1400, "one datagram would have done: {}", shown.body.len());
    // More words than one segment holds, while somebody calls in between.
    phone.suspend().await;
    phone.resume(gateway).await;
    let words = "%E8%8C%B6".repeat(200);
    let sent = phone
        .post(
            "http://localhost/s/juhelou/guestbook/write",
            &format!("_form=write&_once=0123456789abcdef&text={words}&who=WAP"),
        )
        .await;
    let deck = decompile::xml(&sent.body).unwrap();
    assert!(sent.status == 0x20 && deck.contains("谢谢") && deck.contains(&"茶".repeat(200)), "{deck}");
    phone.disconnect().await;
    let get = Pdu::Get { method: Method::Get, uri: b"http://localhost/", headers: &[] }.write();
    assert_eq!(phone.transact(&get).await, Err(reason::DISCONNECT));
    let capture = wired.appliance.data.join("wap.pcap");
    tap::write(&capture, &wired.taps);
    assert!(tshark(&capture) > 30, "little was captured");
    wired.appliance.stop().await;
}

/// One that the system gives to nobody by itself, so that it is free until the box takes it.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + (std::process::id() % 1000) as u16 * 16;
    let mut ports = std::iter::from_fn(|| Some(first + NEXT.fetch_add(1, Ordering::Relaxed)));
    ports.find(|port| UdpSocket::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// Reads every frame, and each must be WSP or WTP without fault. How many there are.
fn tshark(capture: &Path) -> usize {
    let output = Command::new("tshark")
        .args(["-n", "-r"])
        .arg(capture)
        .args(["-T", "fields", "-E", "separator=;", "-e", "frame.protocols", "-e", "_ws.malformed", "-e", "_ws.expert"])
        .args(["-e", "_ws.expert.severity"])
        .output()
        .expect("tshark is not there: `.ci/packages tshark` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let frames = String::from_utf8_lossy(&output.stdout).into_owned();
    for (number, frame) in frames.lines().enumerate() {
        let (protocols, faults) = frame.split_once(';').unwrap();
        assert!(protocols.contains("wsp") || protocols.contains("wtp"), "frame {}: {frame}", number + 1);
        assert!(!protocols.contains("malformed"), "frame {}: {frame}", number + 1);
        // Errors (8388608) and warnings (6291456) of the dissectors.
        assert!(!faults.contains("8388608") && !faults.contains("6291456"), "frame {}: {frame}", number + 1);
    }
    frames.lines().count()
}
