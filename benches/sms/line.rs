//! A simulated modem on a pseudo terminal that can be pulled: its near end is reached by a link that stays the same, as
//! `/dev/serial/by-id/` does, and answers can be lost on the way.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio::task::JoinHandle;
use yizhan::sim::modem::SimModem;

/// How a line of this modem begins that says a message went out (3GPP TS 27.005, 3.5.1).
const SENT: &[u8] = b"\r\n+CMGS:";

/// Of so many answers to a sent message one is lost; 0: none.
#[derive(Clone, Default)]
pub struct Loss {
    pub every: Arc<AtomicU64>,
    answers: Arc<AtomicU64>,
}

pub struct Terminal {
    link: PathBuf,
    modem: SimModem,
    pub loss: Loss,
    plugged: Option<(File, JoinHandle<()>)>,
}

impl Terminal {
    pub fn new(link: PathBuf, modem: SimModem) -> io::Result<Terminal> {
        let mut terminal = Terminal { link, modem, loss: Loss::default(), plugged: None };
        terminal.plug()?;
        Ok(terminal)
    }

    pub fn plug(&mut self) -> io::Result<()> {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&far)?;
        unlockpt(&far)?;
        fcntl_setfl(&far, OFlags::NONBLOCK)?;
        let path = ptsname(&far, Vec::new())?.to_string_lossy().into_owned();
        // Kept open, so that the line stays as it is while a program that was killed has not come back.
        let near = OpenOptions::new().read(true).write(true).open(&path)?;
        let mut settings = tcgetattr(&near)?;
        settings.make_raw();
        tcsetattr(&near, OptionalActions::Now, &settings)?;
        let _ = fs::remove_file(&self.link);
        std::os::unix::fs::symlink(path, &self.link)?;
        let writer = pipe::Sender::from_owned_fd_unchecked(far.try_clone()?)?;
        let reader = pipe::Receiver::from_owned_fd_unchecked(far)?;
        self.modem.replug();
        let modem = self.modem.clone();
        let lossy = Lossy { stream: tokio::io::join(reader, writer), loss: self.loss.clone() };
        let serving = tokio::spawn(async move {
            if let Err(error) = modem.serve(lossy).await {
                eprintln!("simulated modem: {error}");
            }
        });
        self.plugged = Some((near, serving));
        Ok(())
    }

    /// Whoever has it open reads its end.
    pub async fn pull(&mut self) {
        let Some((near, serving)) = self.plugged.take() else { return };
        let _ = fs::remove_file(&self.link);
        self.modem.unplug();
        serving.abort();
        let _ = serving.await;
        drop(near);
    }
}

/// A stream that swallows some writes. The simulated modem writes an answer in one piece.
struct Lossy<S> {
    stream: S,
    loss: Loss,
}

impl<S: AsyncRead + Unpin> AsyncRead for Lossy<S> {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(task, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lossy<S> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        if octets.starts_with(SENT) {
            let (every, nth) =
                (self.loss.every.load(Ordering::Relaxed), self.loss.answers.fetch_add(1, Ordering::Relaxed));
            if every > 0 && (nth + 1).is_multiple_of(every) {
                return Poll::Ready(Ok(octets.len()));
            }
        }
        Pin::new(&mut self.stream).poll_write(task, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
}
