use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// How many containers' last samples to keep.
const MAX_SAMPLES: usize = 4096;

/// CPU time used up to a moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub used: Duration,
    pub at: SystemTime,
}

/// The last sample of each container, so that the next measurement need not wait.
#[derive(Debug, Default)]
pub struct Samples(Mutex<HashMap<String, Sample>>);

impl Samples {
    pub fn take(&self, id: &str) -> Option<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    pub fn keep(&self, id: &str, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Removed containers are never measured again, so this frees their samples.
        if samples.len() >= MAX_SAMPLES {
            samples.clear();
        }
        samples.insert(id.to_owned(), sample);
    }
}
