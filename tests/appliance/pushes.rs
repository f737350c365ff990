//! Pushes as the other compilers make them, octet by octet: Kannel's testers and libwbxml's; and as Wireshark reads them
//! on the way to port 2948.

use std::process::{Command, Stdio};

use yizhan::clock::Time;
use yizhan::wap::decompile;
use yizhan::wap::push::{Execute, Indication, Signal, indication, loading, of_indication, of_loading};

use crate::crawl::converted;
use crate::harness::{NOON, folder};

/// Without other schemes, of which Kannel loses the first six letters.
const ADDRESSES: [&str; 7] = [
    "http://wap.example.com/q/1",
    "http://www.example.com/q/1",
    "https://example.org/",
    "https://www.example.net/s/juhelou/?v=wmlc&at=1.0.ff",
    "http://192.0.2.1:8080/s/juhelou/products/p1",
    "http://a.edu/c",
    "http://box.example.com/%E8%8C%B6",
];

/// What Kannel's tester says that it made: its file has the octets in the middle of a sentence, its log as they are.
fn by_kannel(tester: &str, source: &str) -> Vec<u8> {
    let folder = folder();
    let file = folder.join("source");
    std::fs::write(&file, source).unwrap();
    let ran = Command::new(format!("/usr/lib/kannel/test/{tester}")).arg(&file).output();
    let said = ran.unwrap_or_else(|error| panic!("{tester}: {error}; apt-get install kannel-extras")).stderr;
    std::fs::remove_dir_all(folder).unwrap();
    let said = String::from_utf8_lossy(&said).into_owned();
    let (_, dump) = said.split_once("binary was").unwrap_or_else(|| panic!("{said}"));
    let (dump, _) = dump.split_once("dump ends").unwrap();
    // Sixteen octets a line, and what they are in ASCII.
    let lines = dump.lines().filter_map(|line| line.split_once("data: "));
    let octets = lines.flat_map(|(_, octets)| octets[..47].split_whitespace());
    octets.map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect()
}

/// It writes an empty string behind an address that ends in a token.
fn as_kannel(ours: &[u8], href: &str) -> Vec<u8> {
    let at = ours.iter().position(|octet| *octet == 0x88).filter(|_| href.ends_with(".org/"));
    at.map_or_else(|| ours.to_vec(), |at| [&ours[..=at], &[0x03, 0x00], &ours[at + 1..]].concat())
}

fn indications() -> Vec<Indication<'static>> {
    let day = Time(NOON.0 / 86_400_000 * 86_400_000);
    let signals = Signal::ALL.map(|(_, signal)| signal);
    let each = |(at, href): (usize, &'static str)| Indication {
        href,
        text: ["企业建站欢迎您", "You have 4 new letters", "<b>&\"'$(x)"][at % 3],
        id: ["", "q1@box", "1@www.example.com"][at % 3],
        signal: signals[at % signals.len()],
        created: (at % 2 == 0).then_some(NOON),
        expires: (at % 4 < 2).then_some(day),
    };
    ADDRESSES.into_iter().enumerate().map(each).collect()
}

#[test]
fn indications_are_what_others_make_of_them() {
    for si in indications() {
        let ours = indication(&si);
        let source = decompile::xml(&ours).unwrap();
        assert_eq!(by_kannel("test_si", &source), as_kannel(&ours, si.href), "{source}");
        assert_eq!(converted("xml2wbxml", &["-v", "1.2", "-n"], source.as_bytes()), ours, "{source}");
    }
}

#[test]
fn loadings_are_what_others_make_of_them() {
    for href in ADDRESSES {
        for (_, execute) in Execute::ALL {
            let ours = loading(href, execute);
            let source = decompile::xml(&ours).unwrap();
            assert_eq!(converted("xml2wbxml", &["-v", "1.2", "-n"], source.as_bytes()), ours, "{source}");
            // It takes http:// before it looks for http://www., and reads what it made as the same.
            let theirs = by_kannel("test_sl", &source);
            assert!(theirs == as_kannel(&ours, href) || href.contains("//www."), "{source}: {theirs:02X?}");
            assert_eq!(decompile::xml(&theirs).unwrap(), source);
        }
    }
}

/// Each is a WSP push whose document Wireshark reads to the last octet.
#[test]
fn wireshark_reads_them_whole() {
    let mut pushes: Vec<(Vec<u8>, String)> = Vec::new();
    for (at, si) in indications().iter().enumerate() {
        pushes.push((of_indication(at as u8, si), "application/vnd.wap.sic".to_owned()));
        pushes.push((of_loading(at as u8, si.href, Execute::High), "application/vnd.wap.slc".to_owned()));
    }
    let folder = folder();
    let dump = |(octets, _): &(Vec<u8>, String)| {
        let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("000000 {}\n", octets.join(" "))
    };
    let (text, capture) = (folder.join("pushes.txt"), folder.join("pushes.pcap"));
    std::fs::write(&text, pushes.iter().map(dump).collect::<String>()).unwrap();
    let made = Command::new("text2pcap").args(["-q", "-u", "9200,2948"]).args([&text, &capture]).output();
    assert!(made.expect("text2pcap is not there: `.ci/packages tshark` installs it").status.success());
    let read = Command::new("tshark").args(["-n", "-V", "-r"]).arg(&capture).stderr(Stdio::null()).output().unwrap();
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    let frames: Vec<&str> = read.split("\nFrame ").collect();
    assert_eq!(frames.len(), pushes.len());
    for (frame, (octets, kind)) in frames.iter().zip(&pushes) {
        assert!(frame.contains("PDU Type: Push (0x06)") && frame.contains(kind), "{frame}");
        assert!(frame.contains("x-wap-application:wml.ua") && frame.contains("END"), "{frame}");
        assert!(!frame.contains("Malformed") && !frame.contains("Expert Info (Error"), "{frame}\n{octets:02X?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
