//! The line between the box and its modem: a pseudo terminal that outlives the box, tapped. It tells what passes, and it can
//! be held, so that a box that has just started is looked at before its modem says a word.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};

use rustix::termios::{OptionalActions, ioctl_tiocnxcl, tcgetattr, tcsetattr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Notify, broadcast};
use yizhan::sim::modem::SimModem;

use super::load::Moment;
use crate::program::{PATIENCE, terminal};

/// No octet of the AT dialect: it marks the end of what a dead box has written.
const END: u8 = 0xFF;

pub struct Line {
    pub path: String,
    /// Held open, so that what is on its way survives the box, as it does in a modem.
    near: std::fs::File,
    valve: Arc<Valve>,
}

struct Valve {
    state: Mutex<State>,
    ended: Notify,
    moments: broadcast::Sender<Moment>,
}

#[derive(Default)]
struct State {
    is_held: bool,
    waker: Option<Waker>,
    /// The mark has been read: all before it is done once the modem reads on.
    has_ended: bool,
    command: Vec<u8>,
}

impl Line {
    pub fn new(modem: &SimModem, moments: broadcast::Sender<Moment>) -> Line {
        let (far, path, near) = terminal();
        // Until the box does it, so that no octet is echoed or changed.
        let mut settings = tcgetattr(&near).unwrap();
        settings.make_raw();
        tcsetattr(&near, OptionalActions::Now, &settings).unwrap();
        let valve = Arc::new(Valve { state: Mutex::default(), ended: Notify::new(), moments });
        tokio::spawn(modem.clone().serve(Tapped { inner: far, valve: Arc::clone(&valve) }));
        Line { path, near, valve }
    }

    /// From now on the modem hears nothing.
    pub fn hold(&self) {
        self.valve.lock().is_held = true;
    }

    pub fn release(&self) {
        let mut state = self.valve.lock();
        state.is_held = false;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Waits until the modem has heard and done all that a dead box wrote to it, and frees the line for the next one.
    pub async fn end(&mut self) {
        self.release();
        // The last closing would do it; this end is never closed.
        ioctl_tiocnxcl(&self.near).unwrap();
        self.near.write_all(&[END]).unwrap();
        tokio::time::timeout(PATIENCE, self.valve.ended.notified()).await.expect("the modem hears no end");
    }
}

impl Valve {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Takes the marks out of what was read, and tells what it was.
    fn pass(&self, octets: &mut Vec<u8>) {
        let mut state = self.lock();
        for octet in octets.iter() {
            match octet {
                b'\r' | 0x1A => {
                    let command = std::mem::take(&mut state.command);
                    let moment = match octet {
                        0x1A => Some(Moment::Sent),
                        _ if command.starts_with(b"AT+CMGR") => Some(Moment::Read),
                        _ if command.starts_with(b"AT+CMGD") => Some(Moment::Deleted),
                        _ => None,
                    };
                    if let Some(moment) = moment {
                        let _ = self.moments.send(moment);
                    }
                }
                &END => state.has_ended = true,
                _ => state.command.push(*octet),
            }
        }
        octets.retain(|octet| *octet != END);
    }
}

/// The modem's end.
struct Tapped<S> {
    inner: S,
    valve: Arc<Valve>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            {
                let mut state = self.valve.lock();
                if std::mem::take(&mut state.has_ended) {
                    self.valve.ended.notify_one();
                }
                if state.is_held {
                    state.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
            let mut octets = vec![0; out.remaining()];
            let mut buffer = ReadBuf::new(&mut octets);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
            let mut read = buffer.filled().to_vec();
            let is_end = read.is_empty();
            self.valve.pass(&mut read);
            out.put_slice(&read);
            // A mark alone must not look like the end of the line.
            if is_end || !read.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
