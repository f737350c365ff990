//! A simulated modem on a serial line: a pseudo terminal, whose near end a program in another process opens by a path that
//! stays the same when the modem is pulled and plugged in again, as under `/dev/serial/by-id`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::net::unix::pipe;
use tokio::task::JoinHandle;
use yizhan::sim::modem::SimModem;

pub struct Line {
    path: PathBuf,
    modem: SimModem,
    /// The modem at the far end, and the near end held open: the terminal stays while nobody else has it.
    plugged: Option<(JoinHandle<()>, fs::File)>,
}

impl Line {
    /// With the modem plugged in. Within Tokio's runtime only.
    pub fn new(path: PathBuf, modem: SimModem) -> Line {
        let mut line = Line { path, modem, plugged: None };
        line.plug();
        line
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn plug(&mut self) {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&far).unwrap();
        unlockpt(&far).unwrap();
        rustix::fs::fcntl_setfl(&far, OFlags::NONBLOCK).unwrap();
        let terminal = PathBuf::from(ptsname(&far, Vec::new()).unwrap().to_string_lossy().into_owned());
        let near = fs::OpenOptions::new().read(true).write(true).open(&terminal).unwrap();
        let writer = pipe::Sender::from_owned_fd_unchecked(far.try_clone().unwrap()).unwrap();
        let stream = tokio::io::join(pipe::Receiver::from_owned_fd_unchecked(far).unwrap(), writer);
        let modem = self.modem.clone();
        modem.replug();
        let serves = tokio::spawn(async move { drop(modem.serve(stream).await) });
        symlink(terminal, &self.path).unwrap();
        self.plugged = Some((serves, near));
    }

    /// Whoever has the near end reads its end; the path is gone.
    pub fn pull(&mut self) {
        self.modem.unplug();
        if let Some((serves, _near)) = self.plugged.take() {
            serves.abort();
            fs::remove_file(&self.path).unwrap();
        }
    }
}
