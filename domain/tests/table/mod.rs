//! Lifecycles as tables: every command of a lifecycle against every state it can be in.

use cauri_domain::Command;
use cauri_domain::testing::{Given, one_of_each};

/// The lifecycle that a command is part of. No wildcard: a new command has to be placed.
const fn lifecycle(command: &Command) -> &'static str {
    match command {
        Command::OpenLedger(_) | Command::ConfigureLedger(_) => "settings",
        Command::OpenWallet(_)
        | Command::FreezeWallet(_)
        | Command::UnfreezeWallet(_)
        | Command::CloseWallet(_)
        | Command::Transfer(_) => "wallet",
        Command::InitiatePayin(_)
        | Command::RecordReceipt(_)
        | Command::RecordDecline(_)
        | Command::ExpirePayin(_) => "payin",
        Command::OpenEscrow(_)
        | Command::MarkDelivered(_)
        | Command::ReleaseEscrow(_)
        | Command::AutoReleaseEscrow(_)
        | Command::RefundEscrow(_) => "escrow",
        Command::RequestWithdrawal(_)
        | Command::ApproveWithdrawal(_)
        | Command::AutoApproveWithdrawal(_)
        | Command::RejectWithdrawal(_)
        | Command::SubmitWithdrawal(_)
        | Command::RecordPayout(_)
        | Command::RecordPayoutFailure(_) => "withdrawal",
    }
}

/// What comes of each command of the lifecycle, by somebody who may ask it, in each state.
pub fn table(of: &str, states: &[(&str, Given)]) -> String {
    let header = std::iter::once(String::new()).chain(states.iter().map(|it| it.0.to_owned()));
    let mut rows: Vec<Vec<String>> = vec![header.collect()];
    for command in one_of_each().into_iter().filter(|command| lifecycle(command) == of) {
        let cell =
            |(_, given): &(&str, Given)| given.clone().when_asked(command.clone()).in_a_word();
        let name = std::iter::once(command.name().to_owned());
        rows.push(name.chain(states.iter().map(cell)).collect());
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<_> = (0..=states.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
