//! A client of a box that may die at any moment: an answer counts if it came whole.

use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::harness::{Reply, parse};
use crate::program::PATIENCE;

pub const FORM: &str = "application/x-www-form-urlencoded";
pub const JSON: &str = "application/json";
pub const TAR: &str = "application/x-tar";

/// Where a box is found: by the web, and by programs of its own machine.
#[derive(Clone)]
pub struct Door {
    pub address: String,
    pub socket: PathBuf,
}

impl Door {
    /// `None`: the box died before it had answered.
    pub async fn web(&self, method: &str, target: &str, body: &[u8]) -> Option<Reply> {
        let stream = TcpStream::connect(&self.address).await.ok()?;
        within(exchange(stream, method, target, FORM, body)).await
    }

    pub async fn api(&self, method: &str, target: &str, kind: &str, body: &[u8]) -> Option<Reply> {
        let stream = UnixStream::connect(&self.socket).await.ok()?;
        within(exchange(stream, method, target, kind, body)).await
    }

    /// What a box that lives must answer.
    pub async fn json(&self, target: &str) -> serde_json::Value {
        let reply = self.api("GET", target, JSON, b"").await.expect("the box is gone");
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        reply.json()
    }

    /// Every item of a listing, by its cursors.
    pub async fn all(&self, target: &str) -> Vec<serde_json::Value> {
        let (mut items, mut after) = (Vec::new(), String::new());
        let join = if target.contains('?') { '&' } else { '?' };
        loop {
            let mut page = self.json(&format!("{target}{join}limit=500&after={after}")).await;
            let found = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
            page["next"].as_str().unwrap_or_default().clone_into(&mut after);
            if found.is_empty() {
                return items;
            }
            items.extend(found);
        }
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("the box neither answers nor dies")
}

async fn exchange<S>(mut stream: S, method: &str, target: &str, kind: &str, body: &[u8]) -> Option<Reply>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\n\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    answer.windows(4).any(|octets| octets == b"\r\n\r\n").then_some(())?;
    let reply = parse(&answer);
    let announced = reply.header("content-length").parse().unwrap_or(0);
    (reply.body.len() == announced).then_some(reply)
}
