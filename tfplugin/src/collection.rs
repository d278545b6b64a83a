//! Collection reads: all who wait for the same list share one call.
//!
//! A client keeps one [`Collections`] and asks it before it reads an object that a list also holds. The first reader
//! loads the list while the others wait. A write makes the list stale, so the read-back after it reads the one object.
//! Before a create the engine asks whether the object is there already; a list that was read earlier in the process
//! answers that, stale or not, because it is asked what was there *before*.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::Result;

tokio::task_local! {
    static BEFORE: ();
}

/// Runs a look at what was there before a create.
pub(crate) async fn before<F: Future>(look: F) -> F::Output {
    BEFORE.scope((), look).await
}

/// The lists that one connection has read.
#[derive(Default)]
pub struct Collections {
    slots: Mutex<BTreeMap<String, Slot>>,
}

type List = Arc<dyn Any + Send + Sync>;

#[derive(Default, Clone)]
struct Slot {
    list: Arc<OnceCell<Result<List>>>,
    stale: bool,
}

impl Collections {
    /// The list `name`, loaded at most once; `None` after a write to it, when the caller reads the one object instead.
    ///
    /// A load that fails fails for everyone who waited; the next reader tries again.
    pub async fn read<T, L, F>(&self, name: &str, load: L) -> Result<Option<Arc<T>>>
    where
        T: Send + Sync + 'static,
        L: FnOnce() -> F,
        F: Future<Output = Result<T>>,
    {
        let looks_before = BEFORE.try_with(|()| ()).is_ok();
        self.load(name, looks_before, load).await
    }

    /// [`read`](Self::read) for what is asked as it is now, even in a look at what was there before a create.
    pub async fn read_current<T, L, F>(&self, name: &str, load: L) -> Result<Option<Arc<T>>>
    where
        T: Send + Sync + 'static,
        L: FnOnce() -> F,
        F: Future<Output = Result<T>>,
    {
        self.load(name, false, load).await
    }

    async fn load<T, L, F>(&self, name: &str, even_stale: bool, load: L) -> Result<Option<Arc<T>>>
    where
        T: Send + Sync + 'static,
        L: FnOnce() -> F,
        F: Future<Output = Result<T>>,
    {
        let slot = self.lock().entry(name.to_owned()).or_default().clone();
        if slot.stale && !(even_stale && slot.list.initialized()) {
            return Ok(None);
        }
        match slot.list.get_or_init(|| async { load().await.map(|list| Arc::new(list) as List) }).await {
            Ok(list) => {
                let list = Arc::clone(list).downcast::<T>();
                Ok(Some(list.unwrap_or_else(|_| panic!("the collection `{name}` holds another type"))))
            }
            Err(error) => {
                self.forget(name, &slot.list);
                Err(error.clone())
            }
        }
    }

    /// Lets the next reader try again, unless one does already.
    fn forget(&self, name: &str, failed: &Arc<OnceCell<Result<List>>>) {
        if let Some(slot) = self.lock().get_mut(name).filter(|slot| Arc::ptr_eq(&slot.list, failed)) {
            slot.list = Arc::default();
        }
    }

    /// Marks a list as stale; call it before and after each write, so that no list of in between counts as fresh.
    pub fn wrote(&self, name: &str) {
        self.lock().entry(name.to_owned()).or_default().stale = true;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::Error;

    async fn load(calls: &AtomicUsize) -> Result<Vec<u32>> {
        calls.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        Ok(vec![7])
    }

    #[tokio::test]
    async fn a_hundred_readers_share_one_load() {
        let (collections, calls) = (Arc::new(Collections::default()), Arc::new(AtomicUsize::new(0)));
        let readers = (0..100).map(|_| {
            let (collections, calls) = (Arc::clone(&collections), Arc::clone(&calls));
            tokio::spawn(async move { collections.read("labels", || load(&calls)).await })
        });
        for reader in readers.collect::<Vec<_>>() {
            assert_eq!(*reader.await.unwrap().unwrap().unwrap(), [7]);
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_write_makes_the_list_stale_but_not_what_was_there_before() {
        let (collections, calls) = (Collections::default(), AtomicUsize::new(0));
        assert!(collections.read("labels", || load(&calls)).await.unwrap().is_some());
        collections.wrote("labels");
        assert!(collections.read("labels", || load(&calls)).await.unwrap().is_none());
        assert!(before(collections.read("labels", || load(&calls))).await.unwrap().is_some());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failed_load_fails_for_all_who_waited() {
        let (collections, calls) = (Arc::new(Collections::default()), Arc::new(AtomicUsize::new(0)));
        let readers = (0..100).map(|_| {
            let (collections, calls) = (Arc::clone(&collections), Arc::clone(&calls));
            tokio::spawn(async move {
                let failing = || async { load(&calls).await.and_then(|_| Err::<Vec<u32>, _>(Error::new("no"))) };
                collections.read("labels", failing).await
            })
        });
        for reader in readers.collect::<Vec<_>>() {
            assert!(reader.await.unwrap().is_err());
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failed_load_is_tried_again() {
        let (collections, calls) = (Collections::default(), AtomicUsize::new(0));
        let failed = collections.read::<Vec<u32>, _, _>("labels", || async { Err(Error::new("no")) }).await;
        assert!(failed.is_err());
        assert!(collections.read("labels", || load(&calls)).await.unwrap().is_some());
    }
}
