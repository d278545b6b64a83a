//! Where everything stands: roots in columns by the order of their application, modules as rows, contracts as lines.

use crate::estate::{Estate, Root};
use std::collections::BTreeMap;

const MARGIN: u32 = 24;
const HEAD: u32 = 52;
const ROW: u32 = 30;
const GAP: u32 = 28;
const LETTER: u32 = 7;
/// Between columns: at least so much, and room for the names of what passes.
const ALLEY: u32 = 180;
/// Below the boxes: one for each contract that passes a column by.
const LANE: u32 = 22;

/// A root's box.
#[derive(Debug)]
pub struct Area<'a> {
    /// The root.
    pub root: &'a Root,
    /// The left edge.
    pub x: u32,
    /// The upper edge.
    pub y: u32,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

/// What one module takes from another.
#[derive(Debug, Eq, PartialEq)]
pub struct Line {
    /// Where it begins.
    pub from: (u32, u32),
    /// Where it ends.
    pub to: (u32, u32),
    /// The names of the outputs.
    pub outputs: Vec<String>,
    /// How it goes.
    pub way: Way,
    /// How many other lines end at the same place, so that names stand above each other.
    pub above: u32,
}

/// How a line goes from one module to another.
#[derive(Debug, Eq, PartialEq)]
pub enum Way {
    /// Back into the same root.
    Inside,
    /// To the next column.
    Across,
    /// To a column further on, along this height below the boxes.
    Below(u32),
}

/// The whole picture.
#[derive(Debug)]
pub struct Layout<'a> {
    /// The roots.
    pub areas: Vec<Area<'a>>,
    /// The contracts.
    pub lines: Vec<Line>,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl<'a> Layout<'a> {
    /// Places the roots of an estate.
    pub fn new(estate: &'a Estate) -> Self {
        let mut columns: BTreeMap<usize, Vec<&Root>> = BTreeMap::new();
        for (depth, root) in estate.order() {
            columns.entry(depth).or_default().push(root);
        }
        let alley = alley(estate);
        let (mut areas, mut x, mut height) = (Vec::new(), MARGIN, 0);
        for roots in columns.values() {
            let width = roots.iter().map(|root| root_width(root)).max().unwrap_or_default();
            let mut y = MARGIN;
            for root in roots {
                let tall = HEAD + ROW * count(root.calls.len()) + 12;
                areas.push(Area { root, x, y, width, height: tall });
                y += tall + GAP;
            }
            height = height.max(y);
            x += width + alley;
        }
        let mut lines = lines(&areas, alley);
        for line in &mut lines {
            if let Way::Below(lane) = &mut line.way {
                *lane = height;
                height += LANE;
            }
        }
        let last_column = x.saturating_sub(alley);
        let arcs = lines.iter().any(|line| line.way == Way::Inside && line.from.0 == last_column);
        let width = last_column + if arcs { alley } else { MARGIN };
        Self { areas, lines, width: width.max(240), height: height.max(80) }
    }
}

impl Area<'_> {
    /// The middle of a call's row.
    pub fn row(&self, number: usize) -> u32 {
        self.y + HEAD + ROW * count(number) + ROW / 2
    }

    fn row_of(&self, call: &str) -> Option<u32> {
        self.root.calls.iter().position(|found| found.name == call).map(|number| self.row(number))
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn root_width(root: &Root) -> u32 {
    let title = root.name.len().max(root.account.name.len() + root.region.len() + 3) + 4;
    let rows = root.calls.iter().map(|call| row_text(call).len() + 4).max().unwrap_or_default();
    LETTER * count(title.max(rows)) + 16
}

/// What a row says: the call, its module, and the features that are on.
pub fn row_text(call: &crate::estate::Call) -> String {
    let features = if call.features.is_empty() { String::new() } else { format!(" + {}", call.features.join(", ")) };
    format!("{}: {}{features}", call.name, call.description.name)
}

/// What each module takes from each other one: the two ends, by root and call, and the outputs.
fn contracts<'a>(roots: impl Iterator<Item = &'a Root>) -> BTreeMap<[&'a str; 4], Vec<&'a str>> {
    let mut found: BTreeMap<[&str; 4], Vec<&str>> = BTreeMap::new();
    for root in roots {
        for call in &root.calls {
            for (_, reference) in call.references() {
                let outputs = found.entry([&reference.root, &reference.call, &root.name, &call.name]).or_default();
                outputs.push(&reference.output);
            }
        }
    }
    for outputs in found.values_mut() {
        outputs.sort_unstable();
        outputs.dedup();
    }
    found
}

/// Room between columns for the longest list of outputs.
fn alley(estate: &Estate) -> u32 {
    let longest = contracts(estate.roots.iter()).values().map(|outputs| outputs.join(", ").len()).max();
    ALLEY.max(LETTER * count(longest.unwrap_or_default()) + 60)
}

fn lines(areas: &[Area<'_>], alley: u32) -> Vec<Line> {
    let area = |name: &str| areas.iter().find(|area| area.root.name == name);
    let line = |([root, call, to_root, to_call], outputs): ([&str; 4], Vec<&str>)| {
        let (source, target) = (area(root)?, area(to_root)?);
        let from = (source.x + source.width, source.row_of(call)?);
        let outputs = outputs.into_iter().map(str::to_owned).collect();
        let (x, way) = if root == to_root {
            (from.0, Way::Inside)
        } else if target.x <= from.0 + alley {
            (target.x, Way::Across)
        } else {
            (target.x, Way::Below(0))
        };
        Some(Line { from, to: (x, target.row_of(to_call)?), outputs, way, above: 0 })
    };
    let mut lines: Vec<Line> = contracts(areas.iter().map(|area| area.root)).into_iter().filter_map(line).collect();
    let ends: Vec<(u32, u32)> = lines.iter().map(|line| line.to).collect();
    for (number, line) in lines.iter_mut().enumerate() {
        line.above = count(ends.iter().take(number).filter(|end| **end == line.to).count());
    }
    lines
}
