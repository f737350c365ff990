//! A backup over the local socket, as a stream: the box needs no room for it, and the command's user no right on its files.

use std::io::{self, BufWriter, Write};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Api;
use crate::error::Error;
use crate::web::message::{Pieces, Response};

/// Pieces of this size that wait for a slow reader.
const PIECE_OCTETS: usize = 64 * 1024;
const PIECES: usize = 4;

/// Sends what is written to it; a reader that left is an error.
struct Sender(mpsc::Sender<io::Result<Bytes>>);

impl Write for Sender {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(octets)));
        sent.map(|()| octets.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Api {
    pub(super) fn backup(&self) -> Response {
        let (sender, pieces) = mpsc::channel(PIECES);
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || {
            let mut output = BufWriter::with_capacity(PIECE_OCTETS, Sender(sender.clone()));
            let made =
                store.backup(&mut output).and_then(|label| output.flush().map(|()| label).map_err(Error::internal));
            match made {
                Ok(label) => log::info!("backup of commit {} made", label.sequence),
                Err(error) => {
                    log::error!("backup: {error}");
                    let _ = sender.blocking_send(Err(io::Error::other("the backup could not be made")));
                }
            }
        });
        Response { pieces: Some(Pieces::new(pieces)), ..Response::new(200, "application/x-tar", Bytes::new()) }
    }
}
