//! The sockets: connections that dawdle, crowd, come again, speak TLS, or are under way when the box ends.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use yizhan::config::Certificate;
use yizhan::sections::ALL;

use crate::harness::{Appliance, exchange, folder, parse};
use crate::program::Scratch;

const PATIENCE: Duration = Duration::from_secs(30);
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

async fn connect(appliance: &Appliance) -> TcpStream {
    TcpStream::connect(appliance.running.address).await.unwrap()
}

/// What comes until the box closes.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // A reset is an end too.
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
    drop(read.await.expect("the connection stays open"));
    answer
}

/// One response with a length, on a connection that stays.
async fn one(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase().lines().find_map(|l| l.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        let mut octets = [0; 4096];
        let count = tokio::time::timeout(PATIENCE, stream.read(&mut octets)).await.expect("no answer").unwrap();
        assert!(count > 0, "closed after {text}");
        answer.extend_from_slice(&octets[..count]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_is_closed() {
    let appliance = Appliance::empty(ALL, folder(), |config| {
        config.http.header_timeout = Duration::from_secs(1);
        config.http.request_timeout = Duration::from_secs(2);
    })
    .await;
    for (begins, answers) in [
        (&b""[..], false),
        (b"P", false),
        (b"PRI * HTTP/2.0\r\n\r", false),
        (b"GET / HT", false),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ", false),
        // Between two requests.
        (HEALTH, true),
        (b"POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nabc", true),
    ] {
        let mut stream = connect(&appliance).await;
        let begun = Instant::now();
        stream.write_all(begins).await.unwrap();
        let answer = String::from_utf8_lossy(&rest(&mut stream).await).into_owned();
        let begins = String::from_utf8_lossy(begins);
        assert!(begun.elapsed() < Duration::from_secs(15), "{begins:?}");
        assert!(
            !answers || answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 408"),
            "{begins:?}: {answer}"
        );
    }
    // Who asks much and takes nothing does not hold the place for ever.
    let mut greedy = connect(&appliance).await;
    let asks = b"GET /handset/handset.js HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(2000);
    let begun = Instant::now();
    let cut = loop {
        match tokio::time::timeout(PATIENCE, greedy.write_all(&asks)).await {
            Ok(Ok(())) if begun.elapsed() < PATIENCE => {}
            Ok(ended) => break ended,
            Err(_) => break Ok(()),
        }
    };
    assert!(cut.is_err(), "still held after {:?}", begun.elapsed());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_house_waits_and_can_be_ended() {
    let appliance = Appliance::empty(ALL, folder(), |config| {
        config.http.connections = 8;
        config.http.header_timeout = Duration::from_secs(2);
        config.http.drain = Duration::from_secs(1);
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        let mut stream = connect(&appliance).await;
        stream.write_all(HEALTH).await.unwrap();
        one(&mut stream).await;
        idle.push(stream);
    }
    // The ninth waits until the idle ones have had their time.
    let begun = Instant::now();
    let late = exchange(connect(&appliance).await, "GET", "/healthz", &[], b"").await;
    assert!(late.status == 200 && begun.elapsed() > Duration::from_millis(500), "{:?}", begun.elapsed());
    drop(idle);
    let mut full = Vec::new();
    for _ in 0..12 {
        full.push(connect(&appliance).await);
    }
    let begun = Instant::now();
    appliance.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_when_the_box_ends_is_answered() {
    let appliance = Appliance::start().await;
    let mut idle = connect(&appliance).await;
    idle.write_all(HEALTH).await.unwrap();
    one(&mut idle).await;
    let address = appliance.running.address;
    let mut posting = connect(&appliance).await;
    let body = "_form=write&text=the-last-words";
    let head = format!(
        "POST /s/juhelou/guestbook/write HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    posting.write_all(head.as_bytes()).await.unwrap();
    posting.write_all(&body.as_bytes()[..9]).await.unwrap();
    // A handset page that waits for the next message.
    let mut waiting = connect(&appliance).await;
    waiting.write_all(b"GET /handset/messages?phone=x HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    // Both are taken up before the end begins.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    let halting = tokio::spawn(appliance.halt());
    assert!(rest(&mut idle).await.is_empty(), "an idle connection just ends");
    assert!(rest(&mut waiting).await.starts_with(b"HTTP/1.1 200"));
    posting.write_all(&body.as_bytes()[9..]).await.unwrap();
    let answer = parse(&rest(&mut posting).await);
    assert_eq!((answer.status, answer.header("location")), (303, "/s/juhelou/guestbook"));
    let data = halting.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(TcpStream::connect(address).await.is_err());
    let again = Appliance::empty(ALL, data, |_| {}).await;
    assert!(again.get("/s/juhelou/guestbook", &[]).await.text().contains("the-last-words"));
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_for_many_requests() {
    let appliance = Appliance::empty(ALL, folder(), |_| {}).await;
    let mut stream = connect(&appliance).await;
    for target in ["/healthz", "/nothing", "/", "/healthz"] {
        stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.unwrap();
        let status = if target == "/nothing" { "404" } else { "200" };
        assert_eq!(one(&mut stream).await.split(' ').nth(1), Some(status), "{target}");
    }
    // Sent at once, answered in order.
    let mut pipelined = HEALTH.to_vec();
    pipelined.extend_from_slice(b"GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n");
    pipelined.extend_from_slice(b"HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    pipelined.extend_from_slice(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(&pipelined).await.unwrap();
    let answers = String::from_utf8_lossy(&rest(&mut stream).await).into_owned();
    let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|a| &a[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200", "200"]);
    assert!(answers.ends_with("ok\n"));
    for nonsense in [
        &b"\r\n\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = connect(&appliance).await;
        stream.write_all(nonsense).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{nonsense:?}");
    }
    let mut local = UnixStream::connect(appliance.data.join("yizhan.sock")).await.unwrap();
    local.write_all(b"GET /api/v1/enterprises HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut octets = [0; 12];
    local.read_exact(&mut octets).await.unwrap();
    assert_eq!(&octets, b"HTTP/1.1 200");
    appliance.stop().await;
}

/// A key and a certificate for `box.test` and its sites.
fn certificate(folder: &Path, name: &str) -> (Certificate, Vec<u8>) {
    let (cert, key) = (folder.join(format!("{name}.cert.pem")), folder.join(format!("{name}.key.pem")));
    let names = vec![name.to_owned(), format!("*.{name}")];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let der = CertificateDer::from_pem_file(&cert).unwrap().to_vec();
    (Certificate { cert, key }, der)
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_with_certificates_by_name() {
    let scratch = Scratch::new();
    let (first, first_der) = certificate(&scratch, "box.test");
    let (second, second_der) = certificate(&scratch, "tea.example");
    // A port that was free a moment ago: the config names one before the box can.
    let listen = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let certificates = vec![first, second];
    let appliance = Appliance::empty(ALL, folder(), |config| {
        (config.https.listen, config.https.certificates) = (Some(listen), certificates);
        config.this_box.domain = "box.test".to_owned();
    })
    .await;
    let mut roots = rustls::RootCertStore::empty();
    for der in [&first_der, &second_der] {
        roots.add(CertificateDer::from(der.clone())).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    for (name, der, alpn) in [
        ("box.test", &first_der, "http/1.1"),
        ("a.tea.example", &second_der, "http/1.1"),
        ("box.test", &first_der, "h2"),
    ] {
        let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots.clone()).with_no_client_auth();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(listen).await.unwrap();
        let mut stream = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.alpn_protocol(), Some(alpn.as_bytes()));
        assert_eq!(session.peer_certificates().unwrap()[0].to_vec(), *der, "{name}");
        if alpn == "h2" {
            // The preface and empty settings; the box answers with its own settings (RFC 9113, 3.4).
            stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.unwrap();
            assert_eq!(head[3], 4, "a settings frame");
        } else {
            let page = exchange(stream, "GET", "/", &[("host", "box.test")], b"").await;
            assert!(page.status == 200 && page.text().contains("<html"));
        }
    }
    // Over plain HTTP nobody is sent to TLS, WAP least of all.
    for target in ["/", "/?v=wml", "/?v=xhtml"] {
        assert_eq!(appliance.get(target, &[("host", "wap.box.test")]).await.status, 200, "{target}");
    }
    // A handshake that is never finished does not hold up the end, and plain octets harm nobody.
    let mut plain = TcpStream::connect(listen).await.unwrap();
    plain.write_all(HEALTH).await.unwrap();
    assert!(!rest(&mut plain).await.starts_with(b"HTTP"));
    let _hanging = TcpStream::connect(listen).await.unwrap();
    let begun = Instant::now();
    appliance.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_by_a_real_client() {
    // Only where there is one; the frames are hyper's, and what is ours is tested above.
    let Ok(version) = Command::new("curl").arg("--version").output() else { return };
    if !String::from_utf8_lossy(&version.stdout).contains("HTTP2") {
        return;
    }
    let scratch = Scratch::new();
    let (certificate, _) = certificate(&scratch, "localhost");
    let listen = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let authority = certificate.cert.clone();
    let appliance = Appliance::empty(ALL, folder(), |config| {
        (config.https.listen, config.https.certificates) = (Some(listen), vec![certificate]);
    })
    .await;
    let url = format!("https://localhost:{}/healthz", listen.port());
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--http2", "-w", "%{http_version}"]).arg("--cacert").arg(authority).arg(url);
    let told = tokio::task::spawn_blocking(move || curl.output()).await.unwrap().unwrap();
    assert_eq!(String::from_utf8_lossy(&told.stdout), "ok\n2", "{}", String::from_utf8_lossy(&told.stderr));
    appliance.stop().await;
}
