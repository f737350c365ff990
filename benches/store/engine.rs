//! What is measured: our store, and sled 0.34.7 alone as one would use it who knows it, with the same settings, tables,
//! keys and octets; durable there means insert, flush and `sync_data` of its file, since its flush is no fsync.

use std::fs::{self, File};
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use yizhan::error::{Error, Result};
use yizhan::sms::inbox::Inbound;
use yizhan::sms::outbox::Message;
use yizhan::store::{Options, Read, Store, Table, Tx};

use crate::rows::{self, Row};

pub enum Engine {
    Ours(Store),
    Sled { db: sled::Db, inbox: sled::Tree, outbox: sled::Tree, file: File },
}

impl Engine {
    pub fn open(name: &str, folder: &Path) -> Result<Engine> {
        Engine::open_with(name, folder, Options::default())
    }

    /// What is written then is in the journal alone, and the next start replays it.
    pub fn open_without_checkpoints(name: &str, folder: &Path) -> Result<Engine> {
        Engine::open_with(name, folder, Options { segment_bytes: u64::MAX, ..Options::default() })
    }

    fn open_with(name: &str, folder: &Path, options: Options) -> Result<Engine> {
        fs::create_dir_all(folder).map_err(Error::internal)?;
        if name == "ours" {
            return Store::open(folder, options).map(Engine::Ours);
        }
        let settings = sled::Config::new().path(folder).cache_capacity(options.cache_bytes);
        let db = settings.mode(sled::Mode::LowSpace).flush_every_ms(None).open().map_err(Error::internal)?;
        let tree = |table: Table| db.open_tree(table.name()).map_err(Error::internal);
        let (inbox, outbox) = (tree(Table::Inbox)?, tree(Table::Outbox)?);
        let file = File::open(folder.join("db")).map_err(Error::internal)?;
        Ok(Engine::Sled { db, inbox, outbox, file })
    }

    /// One commit of these rows, as they are after so many changes.
    pub fn put(&self, numbers: Vec<u64>, changes: u64) -> Result<()> {
        match self {
            Engine::Ours(store) => store.write_blocking(move |tx| put(tx, &numbers, changes)),
            Engine::Sled { inbox, outbox, .. } => {
                let (mut into, mut out) = (sled::Batch::default(), sled::Batch::default());
                for n in numbers {
                    let row = rows::row(n, changes);
                    let tree = if matches!(row, Row::In(_)) { &mut into } else { &mut out };
                    tree.insert(rows::key(n), rows::octets(&row));
                }
                inbox.apply_batch(into).map_err(Error::internal)?;
                outbox.apply_batch(out).map_err(Error::internal)?;
                self.sync()
            }
        }
    }

    /// Commits of one outgoing row each until `end`, behind the last one there is: by so many tasks with our store, as in
    /// the box, and by threads with sled, whose calls block. How many there were.
    pub fn commit_until(&self, writers: u64, end: Instant) -> Result<u64> {
        let next = Arc::new(AtomicU64::new(self.last()? / 2 + 1));
        // Odd numbers go out.
        let number = move || next.fetch_add(1, Ordering::Relaxed) * 2 + 1;
        match self {
            Engine::Ours(store) => {
                let runtime = tokio::runtime::Runtime::new().map_err(Error::internal)?;
                runtime.block_on(async {
                    let start = |_| tokio::spawn(commit_ours(store.clone(), number.clone(), end));
                    let mut count = 0;
                    for task in (0..writers).map(start).collect::<Vec<_>>() {
                        count += task.await.map_err(Error::internal)??;
                    }
                    Ok(count)
                })
            }
            Engine::Sled { .. } => std::thread::scope(|scope| {
                let threads: Vec<_> = (0..writers).map(|_| scope.spawn(|| self.commit_sled(&number, end))).collect();
                threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err(Error::internal("panicked")))).sum()
            }),
        }
    }

    fn commit_sled(&self, number: impl Fn() -> u64, end: Instant) -> Result<u64> {
        let mut count = 0;
        while Instant::now() < end {
            self.put(vec![number()], 0)?;
            count += 1;
        }
        Ok(count)
    }

    /// The number of the last row that goes out; 0 without any.
    fn last(&self) -> Result<u64> {
        let key = match self {
            Engine::Ours(store) => {
                let last = store.range(Table::Outbox, Bound::Unbounded, Bound::Unbounded, true, 1)?.pop();
                last.map(|(key, _)| key)
            }
            Engine::Sled { outbox, .. } => outbox.last().map_err(Error::internal)?.map(|(key, _)| key.to_vec()),
        };
        Ok(key.and_then(|key| String::from_utf8(key).ok()?.parse().ok()).unwrap_or(0))
    }

    /// What gives back the disk that overwritten rows took; sled alone has nothing of the kind.
    pub fn compact(&self) -> Result<()> {
        match self {
            Engine::Ours(store) => store.compact(),
            Engine::Sled { .. } => Ok(()),
        }
    }

    pub fn close(self) -> Result<()> {
        match self {
            Engine::Ours(store) => store.close(),
            Engine::Sled { .. } => self.sync(),
        }
    }

    fn sync(&self) -> Result<()> {
        let Engine::Sled { db, file, .. } = self else { return Ok(()) };
        db.flush().map_err(Error::internal)?;
        file.sync_data().map_err(Error::internal)
    }
}

async fn commit_ours(store: Store, number: impl Fn() -> u64, end: Instant) -> Result<u64> {
    let mut count = 0;
    while Instant::now() < end {
        let n = number();
        store.write(move |tx| put(tx, &[n], 0)).await?;
        count += 1;
    }
    Ok(count)
}

fn put(tx: &mut Tx, numbers: &[u64], changes: u64) -> Result<()> {
    numbers.iter().try_for_each(|n| match rows::row(*n, changes) {
        Row::In(inbound) => tx.put::<Inbound>(&rows::key(*n), &inbound),
        Row::Out(message) => tx.put::<Message>(&rows::key(*n), &message),
    })
}
