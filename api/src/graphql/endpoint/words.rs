//! Words about endpoints.

use cauri_domain::endpoint::{Cause, Status};

use crate::graphql::words::words;
use crate::outgoing::store::State;

words!(
    /// Where an endpoint stands.
    EndpointStatus {
        /// It is told what happens.
        Enabled "enabled",
        /// It is not, for now.
        Disabled "disabled",
        /// It is not, for ever.
        Removed "removed",
    }
);
words!(
    /// Why an endpoint is disabled.
    EndpointDisabledBecause {
        /// A person wants it so.
        Asked "asked",
        /// It took nothing for as long as the schedule goes. It is enabled again when it answers.
        Failing "failing",
        /// It answered 410, gone for good.
        Gone "gone",
    }
);
words!(
    /// What became of an event that was sent to an endpoint.
    WebhookDeliveryState {
        /// It was not taken, and is sent again.
        Waiting "waiting",
        /// It was taken.
        Delivered "delivered",
        /// It was given up.
        Dead "dead",
    }
);

impl EndpointStatus {
    pub(super) const fn of_status(status: &Status) -> Self {
        match status {
            Status::Enabled => Self::Enabled,
            Status::Disabled(_) => Self::Disabled,
            Status::Removed => Self::Removed,
        }
    }
}

impl EndpointDisabledBecause {
    pub(super) const fn of_cause(cause: &Cause) -> Self {
        match cause {
            Cause::Asked(_) => Self::Asked,
            Cause::Failing => Self::Failing,
            Cause::Gone => Self::Gone,
        }
    }
}

impl WebhookDeliveryState {
    pub(super) const fn of_state(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Delivered => Self::Delivered,
            State::Dead => Self::Dead,
        }
    }

    pub(super) const fn state(self) -> State {
        match self {
            Self::Waiting => State::Waiting,
            Self::Delivered => State::Delivered,
            Self::Dead => State::Dead,
        }
    }
}
