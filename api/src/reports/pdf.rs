//! Figures as a PDF: a table over as many pages as it takes.
//!
//! The font is one that every reader has, each of its letters 0.6 of its size wide, so that columns
//! are made of spaces and nothing is embedded. Lengths are whole points. Nothing is written that
//! differs from one time to the next.

use std::fmt::Write as _;

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{Column, Figures};

/// A4, lying; a table that is too wide for the smallest letters makes its pages wider.
const WIDTH: usize = 842;
const HEIGHT: usize = 595;
const MARGIN: usize = 36;
const LARGEST: usize = 9;
const SMALLEST: usize = 5;
/// Longer text goes on in the next line. Numbers are never broken.
const WIDEST: usize = 44;
const GAP: usize = 2;

const PLAIN: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

struct Line {
    font: Name<'static>,
    text: String,
}

struct Sheet {
    width: usize,
    size: usize,
}

impl Sheet {
    /// The largest letters with which so many fit beside each other.
    fn for_letters(letters: usize) -> Self {
        let taken = |size: usize| (letters * size * 6).div_ceil(10) + 2 * MARGIN;
        match (SMALLEST..=LARGEST).rev().find(|size| taken(*size) <= WIDTH) {
            Some(size) => Self { width: WIDTH, size },
            None => Self { width: taken(SMALLEST), size: SMALLEST },
        }
    }

    const fn leading(&self) -> usize {
        self.size + 3
    }

    /// So many lines between the margins, two of them for the foot.
    const fn lines(&self) -> usize {
        (HEIGHT - 2 * MARGIN) / self.leading() - 2
    }
}

pub(super) fn render(figures: &Figures) -> Vec<u8> {
    let widths = widths(figures);
    let letters = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let sheet = Sheet::for_letters(letters);
    let pages = pages(figures, &widths, &sheet);
    write(figures, &sheet, &pages)
}

fn widths(figures: &Figures) -> Vec<usize> {
    let width = |(at, column): (usize, &Column)| {
        let longest = figures.rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        let most = if column.is_number() { usize::MAX } else { WIDEST };
        longest.min(most).max(column.name.len())
    };
    figures.columns.iter().enumerate().map(width).collect()
}

fn pages(figures: &Figures, widths: &[usize], sheet: &Sheet) -> Vec<Vec<Line>> {
    let bold = |text: String| Line { font: BOLD, text };
    let names: Vec<String> = figures.columns.iter().map(|it| it.name.to_owned()).collect();
    let head = || -> Vec<Line> {
        let lines = row(&figures.columns, widths, &names);
        lines.into_iter().map(bold).collect()
    };
    let mut page: Vec<Line> = Vec::new();
    for (name, value) in figures.about() {
        page.push(Line { font: PLAIN, text: format!("{name:<16}{value}") });
    }
    page.push(Line { font: PLAIN, text: String::new() });
    page.extend(head());
    let mut pages = Vec::new();
    for values in &figures.rows {
        let lines = row(&figures.columns, widths, values);
        if page.len() + lines.len() > sheet.lines() {
            pages.push(std::mem::replace(&mut page, head()));
        }
        page.extend(lines.into_iter().map(|text| Line { font: PLAIN, text }));
    }
    pages.push(page);
    pages
}

/// The lines that a row takes.
fn row(columns: &[Column], widths: &[usize], values: &[String]) -> Vec<String> {
    let broken: Vec<Vec<String>> =
        values.iter().zip(widths).map(|it| chunks(it.0, *it.1)).collect();
    let most = broken.iter().map(Vec::len).max().unwrap_or(0);
    let line = |at: usize| {
        let mut text = String::new();
        for ((column, width), parts) in columns.iter().zip(widths).zip(&broken) {
            let part = parts.get(at).map_or("", String::as_str);
            let gap = " ".repeat(if text.is_empty() { 0 } else { GAP });
            // Writing into a String does not fail.
            let _ = if column.is_number() {
                write!(text, "{gap}{part:>width$}")
            } else {
                write!(text, "{gap}{part:<width$}")
            };
        }
        text.trim_end().to_owned()
    };
    (0..most).map(line).collect()
}

fn chunks(text: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let parts = letters.chunks(width.max(1)).map(|part| part.iter().collect());
    if letters.is_empty() { vec![String::new()] } else { parts.collect() }
}

fn write(figures: &Figures, sheet: &Sheet, pages: &[Vec<Line>]) -> Vec<u8> {
    let mut next = Ref::new(1);
    let (catalog, tree, info) = (next.bump(), next.bump(), next.bump());
    let (plain, bold) = (next.bump(), next.bump());
    let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (next.bump(), next.bump())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let title = format!("{} of {} at {}", figures.title, figures.ledger, figures.revision);
    pdf.document_info(info).title(TextStr(&title));
    for (id, name) in [(plain, "Courier"), (bold, "Courier-Bold")] {
        let mut font = pdf.type1_font(id);
        font.base_font(Name(name.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(ids.iter().map(|it| it.0)).count(count);
    for (at, (lines, (id, content))) in pages.iter().zip(&ids).enumerate() {
        let mut page = pdf.page(*id);
        page.parent(tree).contents(*content);
        page.media_box(Rect::new(0.0, 0.0, points(sheet.width), points(HEIGHT)));
        let mut resources = page.resources();
        resources.fonts().pair(PLAIN, plain).pair(BOLD, bold);
        resources.finish();
        page.finish();
        let foot = format!("{title}, page {} of {}", at + 1, pages.len());
        pdf.stream(*content, &drawn(sheet, lines, &foot));
    }
    pdf.finish()
}

fn drawn(sheet: &Sheet, lines: &[Line], foot: &str) -> Vec<u8> {
    let mut content = Content::new();
    let mut show = |line: usize, font: Name<'_>, text: &str| {
        let height = HEIGHT - MARGIN - (line + 1) * sheet.leading();
        content.begin_text();
        content.set_font(font, points(sheet.size));
        content.next_line(points(MARGIN), points(height));
        content.show(Str(&win_ansi(text)));
        content.end_text();
    };
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.text.is_empty()) {
        show(at, line.font, &line.text);
    }
    show(sheet.lines() + 1, PLAIN, foot);
    content.finish().into_vec()
}

/// Whole points as the writer takes them. No page is longer than a `u16` of them.
fn points(whole: usize) -> f32 {
    f32::from(u16::try_from(whole).unwrap_or(u16::MAX))
}

/// Text in the font's encoding; what it has no letter for is a question mark.
fn win_ansi(text: &str) -> Vec<u8> {
    let letter = |letter: char| match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => u8::try_from(code).unwrap_or(b'?'),
        0x20ac => 0x80,
        _ => b'?',
    };
    text.chars().map(letter).collect()
}
