//! Who may append: a lease on the whole store, by the database's clock.
//!
//! Several processes may run on one database, and one of them at a time holds the lease. Each time
//! it changes hands its epoch goes up, and an append under any other epoch is refused by the
//! database itself, in the transaction of the append: a holder that was stopped, cut off or slow
//! writes nothing once another has taken over, whatever it believes.
//!
//! For everything else that only the holder may do, such as asking a provider, the holder must know
//! by itself. So it counts from *before* each renewal was sent, by its own clocks, and shorter than
//! the database does: it has stopped before anybody else can begin. Of its two clocks the one that
//! went further counts, because one stands still while a machine is suspended and the other can be
//! set back.
//!
//! What this rests on: clocks that go equally fast, to within [`MARGIN`]; and, where a standby is
//! promoted, clocks of the two database servers that do not differ by more than that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::fault::fault;
use super::primary::{Access, Asked, Primary, Within, once};
use super::{Options, PostgresAddress, chain, schema};
use crate::edge::{Clock as _, SystemClock};
use crate::store::StoreFault;

/// By what part of its length a lease has lapsed for its holder before it has for the database.
pub const MARGIN: u32 = 4;

/// How many times a lease is renewed within its length, if all goes well.
const RENEWALS: u32 = 6;

/// A holder, as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Which process.
    pub holder: String,
    /// Where it is reached.
    pub address: String,
    /// How many times the lease had changed hands.
    pub epoch: i64,
    /// How long it still has; zero when it has lapsed or was released.
    pub left: Duration,
}

/// How taking the lease ended.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours.
    Ours(Lease),
    /// Somebody else has it.
    HeldBy(Holder),
}

/// The lease of a database, for those who want it.
#[derive(Debug, Clone)]
pub struct Leases {
    primary: Arc<Primary>,
    length: Duration,
}

/// A lease that is held. Clones are the same; renewed until the last is gone or it is released.
#[derive(Debug, Clone)]
pub struct Lease {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    holder: String,
    epoch: i64,
    length: Duration,
    began: Arc<Mutex<Moment>>,
    lost: watch::Receiver<bool>,
    keeper: JoinHandle<()>,
    primary: Arc<Primary>,
}

impl Leases {
    /// Connects. A lease is given out for `length` at a time, at least a second.
    ///
    /// # Errors
    /// When no host is a primary that can be used, or its tables cannot be made.
    pub async fn open(address: PostgresAddress, length: Duration) -> Result<Self, StoreFault> {
        let length = length.max(Duration::from_secs(1));
        let short = length / RENEWALS;
        let options = Options {
            connect_timeout: short.max(Duration::from_millis(500)),
            statement_timeout: length / 2,
            answer_timeout: length / 2,
            ..Options::default()
        };
        let primary = Primary::find(address, options, Access::Write).await?;
        let mut connection = primary
            .appends
            .acquire()
            .await
            .map_err(|error| fault("the database of the log cannot be used", error))?;
        schema::ensure(&mut connection).await?;
        drop(connection);
        Ok(Self { primary: Arc::new(primary), length })
    }

    /// Takes the lease for `holder`, who is reached at `address`, if nobody has it, and renews it
    /// from then on.
    ///
    /// # Errors
    /// When the database does not answer, or waits for something: ask again.
    pub async fn acquire(&self, holder: &str, address: &str) -> Result<Acquired, StoreFault> {
        let began = Moment::now();
        let seconds = self.length.as_secs_f64();
        let (acquired, by, at, epoch, left) = self
            .ask("the lease could not be asked for", &|connection, _| {
                Box::pin(async move {
                    sqlx::query_as::<_, (bool, String, String, i64, f64)>(
                        "SELECT acquired, holder, address, epoch, seconds_left
                         FROM cauri_log.acquire($1, $2, $3)",
                    )
                    .bind(holder)
                    .bind(address)
                    .bind(seconds)
                    .fetch_one(connection)
                    .await
                })
            })
            .await?;
        if !acquired {
            return Ok(Acquired::HeldBy(Holder {
                holder: by,
                address: at,
                epoch,
                left: to_left(left),
            }));
        }
        tracing::info!(epoch, "this process holds the lease");
        Ok(Acquired::Ours(self.keep(holder, epoch, began)))
    }

    /// Who has it, or had it last; `None` when nobody ever had.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn observe(&self) -> Result<Option<Holder>, StoreFault> {
        let row = self.ask("the lease could not be looked at", &|connection, _| {
            Box::pin(observed(connection))
        });
        let (holder, address, epoch, left) = row.await?;
        let holder = Holder { holder, address, epoch, left: to_left(left) };
        Ok((holder.epoch > 0).then_some(holder))
    }

    async fn ask<'a, T: Send>(
        &self,
        what: &str,
        ask: &(impl for<'c> Fn(&'c mut PgConnection, Within<'c, 'a>) -> Asked<'c, T> + Send + Sync),
    ) -> Result<T, StoreFault> {
        let asked = once(&self.primary.appends, self.primary.options.answer_timeout, ask).await;
        match asked {
            Ok(answer) => Ok(answer),
            Err(failed) => {
                self.primary.look_again().await;
                Err(fault(what, failed.into_error()))
            }
        }
    }

    fn keep(&self, holder: &str, epoch: i64, began: Moment) -> Lease {
        let began = Arc::new(Mutex::new(began));
        let (tell, lost) = watch::channel(false);
        let keeper = tokio::spawn(keep(
            Arc::clone(&self.primary),
            (holder.to_owned(), epoch),
            self.length,
            Arc::clone(&began),
            tell,
        ));
        Lease {
            inner: Arc::new(Inner {
                holder: holder.to_owned(),
                epoch,
                length: self.length,
                began,
                lost,
                keeper,
                primary: Arc::clone(&self.primary),
            }),
        }
    }
}

impl Lease {
    /// How many times the lease had changed hands. It only goes up.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.inner.epoch
    }

    /// Whether the holder must count it as gone: it was not renewed in time, was taken, or was
    /// released. It does not come back.
    #[must_use]
    pub fn has_lapsed(&self) -> bool {
        *self.inner.lost.borrow() || self.inner.left().is_zero()
    }

    /// Returns when it has lapsed.
    pub async fn lapsed(&self) {
        let mut lost = self.inner.lost.clone();
        loop {
            if self.has_lapsed() {
                return;
            }
            let left = self.inner.left().min(Duration::from_millis(100));
            let told = async { lost.wait_for(|lost| *lost).await.is_ok() };
            if let Ok(false) = tokio::time::timeout(left, told).await {
                // Nobody renews it any more.
                tokio::time::sleep(left).await;
            }
        }
    }

    /// Gives it back, so that the next holder need not wait.
    ///
    /// # Errors
    /// When the database does not answer: then it lapses.
    pub async fn release(self) -> Result<(), StoreFault> {
        self.inner.keeper.abort();
        self.inner.began.lock().unwrap_or_else(PoisonError::into_inner).forget();
        let (holder, epoch) = (self.inner.holder.clone(), self.inner.epoch);
        let timeout = self.inner.primary.options.answer_timeout;
        let released = once(&self.inner.primary.appends, timeout, &|connection, _| {
            let release = sqlx::query(
                "UPDATE cauri_log.lease SET expires_at = clock_timestamp()
                 WHERE holder = $1 AND epoch = $2 AND expires_at > clock_timestamp()",
            );
            let release = release.bind(holder.clone()).bind(epoch);
            Box::pin(async move { release.execute(connection).await.map(drop) })
        })
        .await;
        released.map_err(|failed| fault("the lease was not given back", failed.into_error()))
    }
}

impl Inner {
    fn left(&self) -> Duration {
        let began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        began.left(self.length)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Renews until it cannot any more, and then says so.
async fn keep(
    primary: Arc<Primary>,
    (holder, epoch): (String, i64),
    length: Duration,
    began: Arc<Mutex<Moment>>,
    lost: watch::Sender<bool>,
) {
    loop {
        tokio::time::sleep(length / RENEWALS).await;
        let now = Moment::now();
        let renewed = once(&primary.appends, length / 3, &|connection, _| {
            let renew = sqlx::query(
                "UPDATE cauri_log.lease
                 SET expires_at = clock_timestamp() + make_interval(secs => $3)
                 WHERE holder = $1 AND epoch = $2 AND expires_at > clock_timestamp()",
            );
            let renew = renew.bind(holder.clone()).bind(epoch).bind(length.as_secs_f64());
            Box::pin(async move { Ok(renew.execute(connection).await?.rows_affected()) })
        })
        .await;
        // Too late is too late, even if the database has not noticed yet.
        let in_time = {
            let mut began = began.lock().unwrap_or_else(PoisonError::into_inner);
            let in_time = !began.left(length).is_zero();
            match renewed {
                Ok(1) if in_time => *began = now,
                Ok(_) => began.forget(),
                Err(_) if in_time => {}
                Err(_) => began.forget(),
            }
            in_time
        };
        match renewed {
            Ok(1) if in_time => continue,
            Ok(_) => {
                tracing::error!(epoch, "the lease is lost");
                break;
            }
            Err(failed) => {
                let error = failed.into_error();
                tracing::warn!(epoch, "the lease was not renewed: {}", chain(&error));
                if !in_time {
                    tracing::error!(epoch, "the lease has lapsed");
                    break;
                }
            }
        }
        primary.look_again().await;
    }
    lost.send_replace(true);
}

async fn observed(
    connection: &mut PgConnection,
) -> Result<(String, String, i64, f64), sqlx::Error> {
    sqlx::query_as(
        "SELECT holder, address, epoch,
             greatest(0, coalesce(extract(epoch FROM
                 CASE WHEN isfinite(expires_at) THEN expires_at - clock_timestamp() END), 0))::float8
         FROM cauri_log.lease",
    )
    .fetch_one(connection)
    .await
}

fn to_left(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// When a renewal was sent, by both clocks.
#[derive(Debug, Clone, Copy)]
enum Moment {
    At(Instant, DateTime<Utc>),
    Never,
}

impl Moment {
    fn now() -> Self {
        Self::At(Instant::now(), SystemClock.now())
    }

    const fn forget(&mut self) {
        *self = Self::Never;
    }

    /// What the holder may still count on, of a lease of `length`.
    fn left(self, length: Duration) -> Duration {
        match self {
            Self::Never => Duration::ZERO,
            Self::At(steady, wall) => {
                // A clock that was set back says nothing; the other goes on.
                let wall = SystemClock.now() - wall;
                let passed = steady.elapsed().max(wall.to_std().unwrap_or_default());
                (length - length / MARGIN).saturating_sub(passed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_holder_counts_less_than_the_database_does() {
        let length = Duration::from_secs(8);
        let left = Moment::now().left(length);
        assert!(left <= Duration::from_secs(6), "{left:?}");
        assert!(left > Duration::from_secs(5), "{left:?}");
        assert_eq!(Moment::Never.left(length), Duration::ZERO);
    }

    #[test]
    fn of_two_clocks_the_one_that_went_further_counts() {
        let length = Duration::from_secs(8);
        let suspended = Moment::At(Instant::now(), SystemClock.now() - TimeDelta::seconds(7));
        assert_eq!(suspended.left(length), Duration::ZERO);
        let set_back = Moment::At(Instant::now(), SystemClock.now() + TimeDelta::hours(1));
        assert!(set_back.left(length) > Duration::from_secs(5));
    }
}
