//! Lifecycles as tables: every command of a lifecycle against every state it can be in.

use cauri_domain::testing::{Given, one_of_each};

/// What comes of each command of the lifecycles (apart by a space), by somebody who may ask it, in each state.
pub fn table(of: &str, states: &[(&str, Given)]) -> String {
    let header = std::iter::once(String::new()).chain(states.iter().map(|it| it.0.to_owned()));
    let mut rows: Vec<Vec<String>> = vec![header.collect()];
    for command in one_of_each()
        .into_iter()
        .filter(|command| of.split(' ').any(|it| it == command.lifecycle()))
    {
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
