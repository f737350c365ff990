//! The one signal that ends the box's tasks.

use tokio::sync::watch;

/// Held by who may end the tasks.
pub struct Stopper(watch::Sender<bool>);

/// Held by each task.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

pub fn pair() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits for the end; a stopper that is gone means the end too. May be dropped and asked again.
    pub async fn wait(&mut self) {
        // What it returns holds a lock and must not live across an await.
        drop(self.0.wait_for(|stopped| *stopped).await);
    }
}
