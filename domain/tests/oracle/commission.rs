//! Commission worked out a second time: from the JSON of a breakdown alone, step by step.

use serde_json::Value;

/// Amounts are written at full scale: without the point they are minor units. Nothing is none.
fn minor(value: &Value) -> i128 {
    value[0].as_str().map_or(0, |digits| digits.replace('.', "").parse().unwrap())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// Half-even, by comparing what is left with the half. The product of two amounts is too large for
/// anything signed.
fn rounded(one: i128, other: i128, by: i128) -> i128 {
    let [one, other, by] = [one, other, by].map(|it| u128::try_from(it).unwrap());
    let (down, left) = (one * other / by, one * other % by);
    i128::try_from(down + u128::from(left * 2 > by || left * 2 == by && down % 2 == 1)).unwrap()
}

fn charged(charge: &Value, base: i128) -> i128 {
    if let Some(rate) = charge["percentage"].as_i64() {
        return rounded(base, i128::from(rate), 10_000);
    }
    let Some([how, tiers]) = charge["tiered"].as_array().map(Vec::as_slice) else {
        return minor(&charge["fixed"]);
    };
    let (mut below, mut sum) = (0, 0);
    for tier in tiers.as_array().unwrap() {
        let end = if tier[0].is_null() { i128::MAX } else { minor(&tier[0]) };
        let rate = i128::from(tier[1].as_i64().unwrap());
        if how == "whole" && base <= end {
            return rounded(base, rate, 10_000);
        }
        sum += (base.min(end) - below).max(0) * rate;
        below = end;
    }
    rounded(sum, 1, 10_000)
}

/// The parts together, then all but the last of them, and so on: each rounded of the one before.
fn so_far(wholes: &[i128], done: i128, total: i128) -> Vec<i128> {
    let (Some((_, fewer)), sum) = (wholes.split_last(), wholes.iter().sum::<i128>()) else {
        return Vec::new();
    };
    let all = if total == 0 { 0 } else { rounded(done.min(total), sum, total) };
    let mut parts = so_far(fewer, all, sum);
    parts.push(all - parts.iter().sum::<i128>());
    parts
}

/// Works a breakdown out again; panics where it says something else. Gives what each account gets.
pub fn recomputed(breakdown: &Value) -> Vec<(String, i128)> {
    let (total, now) = (minor(&breakdown["total"]), minor(&breakdown["now"]));
    let before = minor(&breakdown["before"]);
    let none = Vec::new();
    let parts = breakdown["parts"].as_array().unwrap_or(&none);
    let mut room = match text(breakdown, "payer") {
        "seller" => total,
        _ => i128::from(u64::MAX) - total,
    };
    let (mut wholes, mut taken, mut fee) = (Vec::new(), 0, 0);
    for part in parts {
        let whole = if let Some(step) = part["how"].get("step") {
            let base = if step["base"] == "gross" { total } else { (total - taken).max(0) };
            fee = charged(&step["charge"], base).max(minor(&step["floor"]));
            if !step["cap"].is_null() {
                fee = fee.min(minor(&step["cap"]));
            }
            fee = fee.min(room);
            (taken, room) = (taken + fee, room - fee);
            fee
        } else {
            let tax = &part["how"]["tax"]["tax"];
            let rate = i128::from(tax["rate"].as_i64().unwrap());
            if tax["placed"] == "inside" {
                let inside = rounded(fee, rate, 10_000 + rate);
                *wholes.last_mut().unwrap() -= inside;
                inside
            } else {
                let on_top = rounded(fee, rate, 10_000).min(room);
                (taken, room) = (taken + on_top, room - on_top);
                on_top
            }
        };
        wholes.push(whole);
    }
    let (was, is) = (so_far(&wholes, before, total), so_far(&wholes, before + now, total));
    let policy = breakdown["refund"].as_str().unwrap_or("return");
    let (mut given, mut fixed) = (Vec::new(), false);
    for (place, part) in parts.iter().enumerate() {
        if let Some(step) = part["how"].get("step") {
            fixed = step["charge"].get("fixed").is_some();
        }
        let kept = policy == "keep" || policy == "keep_fixed" && fixed;
        let gets = if kept { 0 } else { is[place] - was[place] };
        assert_eq!(minor(&part["whole"]), wholes[place], "whole of {part} in {breakdown}");
        assert_eq!(minor(&part["amount"]), gets, "amount of {part} in {breakdown}");
        given.push((text(part, "to").to_owned(), gets));
    }
    given
}

/// Every breakdown in an event, at whatever depth.
#[allow(dead_code, reason = "one test has breakdowns without events")]
pub fn breakdowns(payload: &Value) -> Vec<&Value> {
    match payload {
        Value::Object(fields) if fields.contains_key("payer") && fields.contains_key("now") => {
            vec![payload]
        }
        Value::Object(fields) => fields.values().flat_map(breakdowns).collect(),
        Value::Array(items) => items.iter().flat_map(breakdowns).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
