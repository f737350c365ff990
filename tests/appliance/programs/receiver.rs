//! Another program's web server: it keeps what it is sent, and answers as it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[derive(Debug)]
pub struct Received {
    /// Method and target.
    pub line: String,
    pub head: String,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub struct Receiver {
    pub address: SocketAddr,
    received: mpsc::Receiver<Received>,
    /// What it answers next; then 204.
    pub answers: Arc<Mutex<VecDeque<&'static str>>>,
}

impl Receiver {
    pub async fn new() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::channel(100);
        let answers: Arc<Mutex<VecDeque<&'static str>>> = Arc::default();
        let theirs = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut octets = Vec::new();
                let mut piece = [0; 4096];
                let request = loop {
                    let count = stream.read(&mut piece).await.unwrap_or(0);
                    octets.extend_from_slice(&piece[..count]);
                    let text = String::from_utf8_lossy(&octets).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let (line, head) = head.split_once("\r\n").unwrap();
                    let request = Received { line: line.to_owned(), head: head.to_owned(), body: body.to_owned() };
                    if body.len() >= request.header("content-length").parse().unwrap_or(0) || count == 0 {
                        break request;
                    }
                };
                let answer = theirs.lock().unwrap().pop_front().unwrap_or("204 No Content");
                let _ = sender.send(request).await;
                let _ = stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await;
            }
        });
        Receiver { address, received, answers }
    }

    pub fn answer(&self, status: &'static str) {
        self.answers.lock().unwrap().push_back(status);
    }

    pub async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(Duration::from_secs(30), self.received.recv());
        next.await.expect("nothing was told").unwrap()
    }

    pub fn is_quiet(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}
