//! Where a modem's octets come from and go to. The only file that names the serial crate.
//!
//! A port that reads nothing (`Ok(0)`) is unplugged: serial devices say so no other way. Nothing is reopened here; the
//! driver does that, by path, so a device that comes back under `/dev/serial/by-id/` is found again. The system may take
//! half a minute to open or close a port behind which a device hangs, so both are done on threads that may wait: all modems
//! share one.

use std::fs::OpenOptions;
use std::future::Future;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::termios::{self, ControlModes, OptionalActions};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_serial::{SerialPort, SerialStream};

use super::usb::Device;

/// Both directions of a line.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub type Port = Box<dyn Stream>;

pub type Opening<'a> = Pin<Box<dyn Future<Output = io::Result<Port>> + Send + 'a>>;

/// Opens the same port again and again, as a device comes and goes.
pub trait Opener: Send + Sync {
    /// # Errors
    /// What the system says: not there, no permission, in use by another program.
    fn open(&self) -> Opening<'_>;

    /// Whether the device behind it can be cut off so.
    fn can_cut(&self, _: Cut) -> bool {
        false
    }

    /// Cuts the device off, or joins it again. Blocks.
    ///
    /// # Errors
    /// What the system says.
    fn cut(&self, _: Cut, _off: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// How a device is cut off, so that it starts from nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Usb,
    Power,
}

/// A serial device, USB or not, opened for us alone.
pub struct Serial {
    path: String,
    /// Bits per second; a USB modem ignores it.
    baud: u32,
    device: Arc<Device>,
    closing: Closing,
}

/// The end of the port that was open last.
type Closing = Arc<Mutex<Option<JoinHandle<()>>>>;

/// An open port that does not hold up whoever lets it go.
struct Open {
    port: Option<Port>,
    closing: Closing,
}

impl Open {
    fn port(&mut self) -> io::Result<Pin<&mut Port>> {
        self.port.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let port = self.port.take();
        // Without a runtime everything ends, and nobody is held up.
        if let Ok(runtime) = Handle::try_current() {
            let closed = runtime.spawn_blocking(move || drop(port));
            *self.closing.lock().unwrap_or_else(PoisonError::into_inner) = Some(closed);
        }
    }
}

impl AsyncRead for Open {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.port()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Open {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.port()?.poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.port()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.port()?.poll_shutdown(cx)
    }
}

impl Serial {
    /// `power`: a file of the system that switches its supply.
    pub fn new(path: impl Into<String>, baud: u32, power: Option<PathBuf>) -> Serial {
        let path = path.into();
        Serial { device: Arc::new(Device::new(&path, power)), path, baud, closing: Closing::default() }
    }
}

impl Opener for Serial {
    fn can_cut(&self, cut: Cut) -> bool {
        self.device.can_cut(cut)
    }

    fn cut(&self, cut: Cut, off: bool) -> io::Result<()> {
        self.device.cut(cut, off)
    }

    fn open(&self) -> Opening<'_> {
        Box::pin(async {
            let closed = self.closing.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(closed) = closed {
                let _ = closed.await;
            }
            let (device, path, baud) = (Arc::clone(&self.device), self.path.clone(), self.baud);
            let opened = tokio::task::spawn_blocking(move || open(&device, &path, baud)).await;
            let port = Some(opened.map_err(io::Error::other)??);
            Ok(Box::new(Open { port, closing: Arc::clone(&self.closing) }) as Port)
        })
    }
}

fn open(device: &Device, name: &str, baud: u32) -> io::Result<Port> {
    // People name a modem by its path, and so does what goes wrong with it.
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
    let path = device.find();
    match SerialStream::open(&tokio_serial::new(path.to_string_lossy(), baud)) {
        Ok(mut stream) => {
            // A pseudo terminal has no such lines and says so; a modem may wait for them.
            let _ = stream.write_data_terminal_ready(true);
            let _ = stream.write_request_to_send(true);
            Ok(Box::new(stream))
        }
        Err(error) if lacks_baud_call(&error.description) => open_plain(&path).map_err(named),
        Err(error) => Err(named(error.into())),
    }
}

/// Emulators and old kernels lack the call for free baud rates (TCGETS2); the crate has no other way.
fn lacks_baud_call(why: &str) -> bool {
    why.contains("not implemented") || why.contains("ENOSYS") || why.contains("typewriter") || why.contains("ENOTTY")
}

/// A terminal opened without the serial crate, at the speed it has.
fn open_plain(path: &Path) -> io::Result<Port> {
    // No controlling terminal, and reads that return at once.
    let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
    let reader = OpenOptions::new().read(true).write(true).custom_flags(flags.bits() as i32).open(path)?;
    reader.try_lock().map_err(|_| io::Error::new(io::ErrorKind::ResourceBusy, "in use by another program"))?;
    match termios::tcgetattr(&reader) {
        Ok(mut settings) => {
            settings.make_raw();
            settings.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
            termios::tcsetattr(&reader, OptionalActions::Now, &settings)?;
        }
        // The crate's attempt has made it raw already, before it failed.
        Err(Errno::NOSYS) => {}
        Err(error) => return Err(error.into()),
    }
    // Unchecked: a terminal is no pipe, but is polled, read and written by the same calls.
    let writer = pipe::Sender::from_file_unchecked(reader.try_clone()?)?;
    Ok(Box::new(tokio::io::join(pipe::Receiver::from_file_unchecked(reader)?, writer)))
}

/// A pseudo terminal for tests: its far end, its near end kept open so that it stays, and the near end's path.
#[cfg(test)]
pub fn terminal() -> io::Result<(Port, std::fs::File, String)> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&far)?;
    unlockpt(&far)?;
    rustix::fs::fcntl_setfl(&far, OFlags::NONBLOCK)?;
    let path = ptsname(&far, Vec::new())?.to_string_lossy().into_owned();
    let near = OpenOptions::new().read(true).write(true).open(&path)?;
    let writer = pipe::Sender::from_owned_fd_unchecked(far.try_clone()?)?;
    let far = tokio::io::join(pipe::Receiver::from_owned_fd_unchecked(far)?, writer);
    Ok((Box::new(far), near, path))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_plain_terminal_carries_octets_and_tells_its_end() {
        let (mut far, near, path) = terminal().unwrap();
        let mut port = open_plain(Path::new(&path)).unwrap();
        assert!(open_plain(Path::new(&path)).is_err(), "for us alone");
        port.write_all(b"AT\r").await.unwrap();
        let mut octets = [0; 3];
        far.read_exact(&mut octets).await.unwrap();
        assert_eq!(&octets, b"AT\r");
        far.write_all(b"OK\r").await.unwrap();
        port.read_exact(&mut octets).await.unwrap();
        assert_eq!(&octets, b"OK\r");
        drop((far, near));
        assert!(matches!(port.read(&mut octets).await, Ok(0) | Err(_)));
    }

    #[tokio::test]
    async fn what_is_no_terminal_is_refused() {
        let opener = |path: &str| Serial::new(path, 115_200, None);
        assert_eq!(opener("/nonexistent/modem").open().await.err().unwrap().kind(), io::ErrorKind::NotFound);
        assert!(opener("/dev/null").open().await.is_err());
    }
}
