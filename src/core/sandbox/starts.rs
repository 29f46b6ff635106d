use tokio::sync::{Mutex, mpsc};

/// So many starts wait to be heard of. Where nobody asks, the first ones stay and the others are nobody's news.
const BACKLOG: usize = 16;

/// The starts of a sandbox's container, each of which is told once, to one of those who ask.
pub struct Starts {
    sender: mpsc::Sender<String>,
    receiver: Mutex<mpsc::Receiver<String>>,
}

impl Default for Starts {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        Self { sender, receiver: Mutex::new(receiver) }
    }
}

impl Starts {
    /// Where a start is made known, with the container's id.
    pub fn sender(&self) -> mpsc::Sender<String> {
        self.sender.clone()
    }

    /// Waits for the next start that nobody has heard of; the container's id.
    pub async fn next(&self) -> Option<String> {
        self.receiver.lock().await.recv().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn each_start_is_told_once_to_one_of_many() {
        let starts = Arc::new(Starts::default());
        let asking: Vec<_> = (0..100)
            .map(|_| {
                let starts = Arc::clone(&starts);
                tokio::spawn(async move { starts.next().await })
            })
            .collect();
        tokio::task::yield_now().await;
        for container in ["a", "b"] {
            starts.sender().try_send(container.to_owned()).unwrap();
        }
        tokio::task::yield_now().await;
        let mut told = Vec::new();
        for task in asking {
            if task.is_finished() {
                told.extend(task.await.unwrap());
            }
        }
        told.sort();
        assert_eq!(told, ["a", "b"]);
    }

    #[tokio::test]
    async fn starts_that_nobody_asks_for_are_few() {
        let starts = Starts::default();
        let kept = (0..1000).filter(|_| starts.sender().try_send(String::new()).is_ok()).count();
        assert_eq!(kept, BACKLOG);
    }
}
