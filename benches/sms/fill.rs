//! Messages for Yizhan's queue by its local socket, over connections that are kept, so that its commits are shared.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::Figure;

/// Texts `m<first>` and on to numbers of their own; the ids that the queue gave them, in that order.
pub fn run(socket: &Path, first: u64, count: u64, writers: u64) -> Figure {
    let began = Instant::now();
    let work = |writer: u64| -> io::Result<Vec<(u64, String)>> {
        let mut stream = BufReader::new(UnixStream::connect(socket)?);
        let mine = (first..first + count).filter(|n| n % writers == writer);
        mine.map(|n| Ok((n, post(&mut stream, &message(n))?))).collect()
    };
    let ids = std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..writers).map(|writer| scope.spawn(move || work(writer))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, io::Result<Vec<(u64, String)>>>| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("panicked")))
        };
        threads.into_iter().map(join).collect::<io::Result<Vec<_>>>()
    })?;
    let per_s = count as f64 / began.elapsed().as_secs_f64();
    let mut ids: Vec<(u64, String)> = ids.into_iter().flatten().collect();
    ids.sort_unstable();
    Ok(json!({ "per_s": per_s, "ids": ids.into_iter().map(|(_, id)| id).collect::<Vec<_>>() }))
}

fn message(n: u64) -> String {
    json!({ "to": format!("+86139{n:08}"), "text": format!("m{n}") }).to_string()
}

fn post(stream: &mut BufReader<UnixStream>, body: &str) -> io::Result<String> {
    let head = "POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    stream.get_mut().write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    let (mut line, mut length, mut status) = (String::new(), 0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        match line.to_ascii_lowercase().trim().split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().map_err(io::Error::other)?,
            Some(_) => {}
            None if line.trim().is_empty() => break,
            None => status = line.trim().to_owned(),
        }
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    if !status.contains(" 202 ") {
        return Err(io::Error::other(format!("{status}: {}", String::from_utf8_lossy(&answer))));
    }
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    Ok(answer["id"].as_str().unwrap_or_default().to_owned())
}
