//! Where everything stands: roots in columns by the order of their application, modules as rows, contracts as lines.

use crate::estate::{Estate, Root};
use std::collections::BTreeMap;

const MARGIN: u32 = 24;
const HEAD: u32 = 52;
const ROW: u32 = 30;
const GAP: u32 = 28;
const LETTER: u32 = 7;
/// Between columns: room for the names of what passes.
const ALLEY: u32 = 220;

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
    /// Whether both ends are in one root.
    pub inner: bool,
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
            x += width + ALLEY;
        }
        let lines = lines(&areas);
        let lowest_arc = if lines.iter().any(|line| line.inner) { ALLEY } else { 0 };
        let width = x.saturating_sub(ALLEY) + MARGIN + lowest_arc;
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

fn lines(areas: &[Area<'_>]) -> Vec<Line> {
    let mut found: BTreeMap<(String, String, String, String), Vec<String>> = BTreeMap::new();
    for area in areas {
        for call in &area.root.calls {
            for (_, reference) in call.references() {
                let key = (reference.root.clone(), reference.call.clone(), area.root.name.clone(), call.name.clone());
                let outputs = found.entry(key).or_default();
                if !outputs.contains(&reference.output) {
                    outputs.push(reference.output.clone());
                }
            }
        }
    }
    let area = |name: &str| areas.iter().find(|area| area.root.name == name);
    let line = |((root, call, to_root, to_call), mut outputs): ((String, String, String, String), Vec<String>)| {
        let (from, to) = (area(&root)?, area(&to_root)?);
        let inner = root == to_root;
        outputs.sort();
        Some(Line {
            from: (from.x + from.width, from.row_of(&call)?),
            to: (if inner { to.x + to.width } else { to.x }, to.row_of(&to_call)?),
            outputs,
            inner,
        })
    };
    found.into_iter().filter_map(line).collect()
}
