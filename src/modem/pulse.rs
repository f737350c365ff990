//! Whether the task that owns a modem still moves. It answers wherever it waits for something that ends by itself: the
//! modem's octets, which each command's limit ends, or the pause before the port is opened again. So a modem that is
//! unplugged or takes its two minutes for a message answers too. A task that hangs in the system, or in the room behind
//! it, does not.
//!
//! Not here: how the modem is. That is a `State`.

use tokio::sync::watch;

/// The end of who asks.
#[derive(Clone)]
pub struct Pulse {
    asked: watch::Sender<u64>,
    answered: watch::Receiver<u64>,
}

/// The task's end; clones are for the places where it waits.
#[derive(Clone)]
pub struct Beat {
    asked: watch::Receiver<u64>,
    answered: watch::Sender<u64>,
}

pub fn pair() -> (Pulse, Beat) {
    let ((asked, questions), (answers, answered)) = (watch::channel(0), watch::channel(0));
    (Pulse { asked, answered }, Beat { asked: questions, answered: answers })
}

impl Pulse {
    /// Comes when the task has answered; false when it has ended.
    pub async fn feel(&self) -> bool {
        let mut asked = 0;
        self.asked.send_modify(|count| {
            *count += 1;
            asked = *count;
        });
        self.answered.clone().wait_for(|answered| *answered >= asked).await.is_ok()
    }
}

impl Beat {
    /// What `waiting` comes to; who asks meanwhile is answered.
    pub async fn during<T>(&mut self, waiting: impl Future<Output = T>) -> T {
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                done = &mut waiting => return done,
                Ok(()) = self.asked.changed() => drop(self.answered.send_replace(*self.asked.borrow_and_update())),
            }
        }
    }
}
