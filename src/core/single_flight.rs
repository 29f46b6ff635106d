use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use crate::{
    error::{Code, Error, Result},
    runtime,
};

/// A value that is made when it is first needed, once for all concurrent callers, and that can be taken away again. Making and
/// taking away happen one after the other, each on a task of its own: a caller that gives up does not cancel it for the others.
pub struct SingleFlight<T>(Mutex<State<T>>);

struct State<T> {
    value: Option<T>,
    flight: Option<Flight<T>>,
}

/// A make or take in progress. It ends with the new value.
#[derive(Clone)]
struct Flight<T> {
    makes: bool,
    outcome: Shared<BoxFuture<'static, Result<Option<T>>>>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Mutex::new(State { value: None, flight: None }))
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Returns the value; `make` makes a new one unless the current one is `usable`. A failure is returned to all concurrent
    /// callers; the next call tries again.
    pub async fn get<F>(&self, usable: impl Fn(&T) -> bool, make: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        loop {
            let flight = {
                let mut state = self.lock();
                match (&state.flight, &state.value) {
                    (Some(flight), _) => flight.clone(),
                    (None, Some(value)) if usable(value) => return Ok(value.clone()),
                    (None, _) => {
                        let work = make();
                        launch(&mut state, true, async move { work.await.map(Some) })
                    }
                }
            };
            let outcome = self.land(&flight).await;
            if flight.makes
                && let Some(value) = outcome.transpose()
            {
                return value;
            }
        }
    }

    /// The value, if there is one and it is neither being made nor taken away.
    pub fn current(&self) -> Option<T> {
        let state = self.lock();
        if state.flight.is_some() { None } else { state.value.clone() }
    }

    /// Whether the value is being taken away.
    pub fn is_being_taken(&self) -> bool {
        self.lock().flight.as_ref().is_some_and(|flight| !flight.makes)
    }

    /// Takes the value away and passes it to `work`, after any make or take in progress. Callers of `get` wait meanwhile and
    /// then get a new value.
    pub async fn take<F>(&self, work: impl Fn(Option<T>) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        loop {
            let (flight, ours) = {
                let mut state = self.lock();
                if let Some(flight) = &state.flight {
                    (flight.clone(), false)
                } else {
                    let done = work(state.value.take());
                    (launch(&mut state, false, async move { done.await.map(|()| None) }), true)
                }
            };
            let outcome = self.land(&flight).await;
            if ours {
                return outcome.map(drop);
            }
        }
    }

    /// Waits for a flight. The first caller to see its end stores the value.
    async fn land(&self, flight: &Flight<T>) -> Result<Option<T>> {
        let outcome = flight.outcome.clone().await;
        let mut state = self.lock();
        if state.flight.as_ref().is_some_and(|current| current.outcome.ptr_eq(&flight.outcome)) {
            state.flight = None;
            state.value = outcome.as_ref().ok().cloned().flatten();
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn launch<T: Clone + Send + Sync + 'static>(
    state: &mut State<T>,
    makes: bool,
    work: impl Future<Output = Result<Option<T>>> + Send + 'static,
) -> Flight<T> {
    let task = runtime::spawn(work);
    let outcome = async move {
        let task = task.ok_or_else(|| Error::new(Code::Internal, "the system could not start a thread"))?;
        task.await.unwrap_or_else(|panic| Err(Error::new(Code::Internal, panic.to_string())))
    };
    let flight = Flight { makes, outcome: outcome.boxed().shared() };
    state.flight = Some(flight.clone());
    flight
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn concurrent_callers_make_one_value() {
        let (flight, made) = (Arc::new(SingleFlight::default()), Arc::new(AtomicU32::new(0)));
        let callers = (0..100).map(|_| {
            let (flight, made) = (Arc::clone(&flight), Arc::clone(&made));
            tokio::spawn(async move {
                flight
                    .get(
                        |_| true,
                        || {
                            let made = Arc::clone(&made);
                            async move {
                                sleep(Duration::from_millis(10)).await;
                                Ok(made.fetch_add(1, Ordering::SeqCst))
                            }
                        },
                    )
                    .await
                    .unwrap()
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            assert_eq!(caller.await.unwrap(), 0);
        }
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn after_a_failure_the_next_call_tries_again() {
        let flight = SingleFlight::default();
        let failed = flight.get(|()| true, || async { Err(Error::new(Code::Timeout, "slow")) }).await;
        assert_eq!(failed.unwrap_err().code(), Code::Timeout);
        flight.get(|()| true, || async { Ok(()) }).await.unwrap();
    }

    #[tokio::test]
    async fn a_value_requested_during_a_take_is_a_new_one() {
        let flight = Arc::new(SingleFlight::default());
        assert_eq!(flight.get(|_| true, || async { Ok(1) }).await.unwrap(), 1);
        let taken = {
            let flight = Arc::clone(&flight);
            tokio::spawn(async move {
                flight
                    .take(|value| async move {
                        assert_eq!(value, Some(1));
                        sleep(Duration::from_millis(20)).await;
                        Err(Error::new(Code::EngineError, "stop failed"))
                    })
                    .await
            })
        };
        sleep(Duration::from_millis(5)).await;
        assert_eq!(flight.get(|_| true, || async { Ok(2) }).await.unwrap(), 2);
        assert_eq!(taken.await.unwrap().unwrap_err().code(), Code::EngineError);
    }
}
