//! Where everything stands: roots in columns by what they take from each other, modules as boxes, contracts as lines
//! from the output that gives a value to the module that takes it.

use crate::estate::{Call, Estate, Root};
use std::collections::{BTreeMap, BTreeSet};

const MARGIN: u32 = 24;
/// Above the first module of a root: its name, and where it is.
const HEAD: u32 = 50;
/// Above the first output of a module: its names.
const TITLE: u32 = 24;
/// A line of features.
const FEATURES: u32 = 14;
/// An output.
const OUTPUT: u32 = 17;
/// Between the modules of a root.
const SPACE: u32 = 8;
/// Between the roots of a column.
const GAP: u32 = 24;
/// Between columns.
const ALLEY: u32 = 96;
/// What a letter takes.
const LETTER: u32 = 7;
/// The letters of a line of features.
const WRAP: usize = 32;

/// What one module takes from another.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
struct Contract<'a> {
    root: &'a str,
    call: &'a str,
    output: &'a str,
    to_root: &'a str,
    to_call: &'a str,
}

/// A root's box.
#[derive(Debug)]
pub struct Area<'a> {
    /// The root.
    pub root: &'a Root,
    /// Where it is, and what it is for all others.
    pub place: String,
    /// The left edge.
    pub x: u32,
    /// The upper edge.
    pub y: u32,
    /// The height.
    pub height: u32,
    /// Its modules.
    pub boxes: Vec<Module<'a>>,
}

/// A module's box.
#[derive(Debug)]
pub struct Module<'a> {
    /// The call.
    pub call: &'a Call,
    /// The upper edge, from that of the root.
    pub y: u32,
    /// The height.
    pub height: u32,
    /// The features that are on, in lines.
    pub features: Vec<String>,
    /// The outputs that others take.
    pub outputs: Vec<&'a str>,
}

/// The way of a value.
#[derive(Debug, Eq, PartialEq)]
pub enum Line {
    /// To another root, over these points: level between the second and the third, the fourth and the fifth, and so on.
    Across(Vec<(u32, u32)>),
    /// Back into the same root, from one height to another.
    Inside {
        /// The right edge of both modules.
        x: u32,
        /// The output's height.
        from: u32,
        /// The height of the module that takes it.
        to: u32,
    },
}

/// The whole picture.
#[derive(Debug)]
pub struct Layout<'a> {
    /// The roots.
    pub areas: Vec<Area<'a>>,
    /// The lines, each with the number of the root that it comes from.
    pub lines: Vec<(usize, Line)>,
    /// The width of all boxes.
    pub column: u32,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl<'a> Layout<'a> {
    /// Places the roots of an estate.
    pub fn new(estate: &'a Estate) -> Self {
        let contracts = contracts(estate);
        let depths = estate.depths();
        let keeper = estate.state_root().map(|root| root.name.as_str());
        let area = |root| Area::new(root, &contracts, keeper == Some(root.name.as_str()));
        let areas: Vec<Area<'_>> = estate.roots.iter().map(area).collect();
        let column = areas.iter().map(Area::least_width).max().unwrap_or_default();
        let mut placing = Placing { areas, contracts: &contracts, depths: &depths, column, passes: BTreeMap::new() };
        let columns = depths.values().max().map_or(0, |last| last + 1);
        (0..columns).for_each(|number| placing.place(number));
        let lines: Vec<(usize, Line)> = contracts.iter().filter_map(|contract| placing.line(contract)).collect();
        let bottoms = placing.areas.iter().map(|area| area.y + area.height);
        let height = bottoms.chain(placing.passes.values().copied()).max().unwrap_or_default() + MARGIN;
        let arcs = lines.iter().any(|(_, line)| matches!(line, Line::Inside { .. }));
        let width = placing.left(columns).saturating_sub(ALLEY) + if arcs { ALLEY / 2 } else { MARGIN };
        Self { areas: placing.areas, lines, column, width, height }
    }
}

/// The picture while it is made.
struct Placing<'a, 'b> {
    areas: Vec<Area<'a>>,
    contracts: &'b BTreeSet<Contract<'a>>,
    depths: &'b BTreeMap<&'a str, usize>,
    column: u32,
    /// The heights at which lines from one root to another pass a column.
    passes: BTreeMap<(&'a str, &'a str, usize), u32>,
}

/// What takes room in a column.
#[derive(Clone, Copy)]
enum Item<'a> {
    Area(usize),
    Pass(&'a str, &'a str),
}

impl<'a> Placing<'a, '_> {
    fn left(&self, column: usize) -> u32 {
        MARGIN + count(column) * (self.column + ALLEY)
    }

    fn depth(&self, root: &str) -> usize {
        self.depths.get(root).copied().unwrap_or_default()
    }

    /// Puts what a column has where the lines that come to it are short.
    fn place(&mut self, column: usize) {
        let roots = (0..self.areas.len()).filter(|number| self.depth(&self.areas[*number].root.name) == column);
        let passing = self
            .contracts
            .iter()
            .filter(|contract| self.depth(contract.root) < column && column < self.depth(contract.to_root));
        let pairs: BTreeSet<(&str, &str)> = passing.map(|contract| (contract.root, contract.to_root)).collect();
        let items = roots.map(Item::Area).chain(pairs.into_iter().map(|(from, to)| Item::Pass(from, to)));
        let mut wanted: Vec<(u32, Item<'_>)> = items.map(|item| (self.wanted(item, column), item)).collect();
        wanted.sort_by_key(|(height, _)| *height);
        let mut free = MARGIN;
        for (height, item) in wanted {
            match item {
                Item::Area(number) => {
                    let x = self.left(column);
                    let Some(area) = self.areas.get_mut(number) else { continue };
                    (area.x, area.y) = (x, free.max(height.saturating_sub(area.height / 2)));
                    free = area.y + area.height + GAP;
                }
                Item::Pass(from, to) => {
                    let y = free.max(height);
                    self.passes.insert((from, to, column), y);
                    free = y + GAP;
                }
            }
        }
    }

    /// The middle of where an item's lines come from.
    fn wanted(&self, item: Item<'_>, column: usize) -> u32 {
        let comes = |contract: &&Contract<'_>| match item {
            Item::Area(number) => contract.to_root == self.areas[number].root.name && contract.root != contract.to_root,
            Item::Pass(from, to) => (contract.root, contract.to_root) == (from, to),
        };
        let heights: Vec<u32> = self
            .contracts
            .iter()
            .filter(comes)
            .filter_map(|contract| match column.checked_sub(1) {
                Some(before) if before > self.depth(contract.root) => {
                    self.passes.get(&(contract.root, contract.to_root, before)).copied()
                }
                _ => self.port(contract),
            })
            .collect();
        heights.iter().sum::<u32>().checked_div(count(heights.len())).unwrap_or_default()
    }

    fn area(&self, root: &str) -> Option<(usize, &Area<'a>)> {
        self.areas.iter().enumerate().find(|(_, area)| area.root.name == root)
    }

    /// The height of the output that a contract is about.
    fn port(&self, contract: &Contract<'_>) -> Option<u32> {
        let (_, area) = self.area(contract.root)?;
        let module = area.boxes.iter().find(|module| module.call.name == contract.call)?;
        let number = module.outputs.iter().position(|output| *output == contract.output)?;
        Some(area.y + module.y + module.output(number))
    }

    fn line(&self, contract: &Contract<'_>) -> Option<(usize, Line)> {
        let (number, source) = self.area(contract.root)?;
        let (_, target) = self.area(contract.to_root)?;
        let from = self.port(contract)?;
        let to = target.boxes.iter().find(|module| module.call.name == contract.to_call)?;
        let to = target.y + to.y + TITLE / 2;
        let right = |left: u32| left + self.column - SPACE;
        if contract.root == contract.to_root {
            return Some((number, Line::Inside { x: right(source.x), from, to }));
        }
        let mut points = vec![(right(source.x), from)];
        for column in self.depth(contract.root) + 1..self.depth(contract.to_root) {
            let y = *self.passes.get(&(contract.root, contract.to_root, column))?;
            points.extend([(self.left(column), y), (self.left(column) + self.column, y)]);
        }
        points.push((target.x + SPACE, to));
        Some((number, Line::Across(points)))
    }
}

impl<'a> Area<'a> {
    fn new(root: &'a Root, contracts: &BTreeSet<Contract<'a>>, keeps_states: bool) -> Self {
        let kept = if keeps_states { " · keeps all states" } else { "" };
        let place = format!("{} · {}{kept}", root.account.name, root.region);
        let mut y = HEAD;
        let module = |call: &'a Call| {
            let given = contracts.iter().filter(|contract| contract.root == root.name && contract.call == call.name);
            let outputs: BTreeSet<&str> = given.map(|contract| contract.output).collect();
            let features = wrapped(&call.features);
            let height = TITLE + FEATURES * count(features.len()) + OUTPUT * count(outputs.len()) + 4;
            let module = Module { call, y, height, features, outputs: outputs.into_iter().collect() };
            y += height + SPACE;
            module
        };
        let boxes = root.calls.iter().map(module).collect();
        Self { root, place, x: 0, y: 0, height: y, boxes }
    }

    fn least_width(&self) -> u32 {
        let title = self.root.name.len().max(self.place.chars().count());
        let rows = self.boxes.iter().flat_map(|module| {
            let names = module.call.name.len() + module.call.description.name.len() + 2;
            let features = module.features.iter().map(String::len);
            features.chain(module.outputs.iter().map(|output| output.len())).chain([names])
        });
        LETTER * count(rows.chain([title]).max().unwrap_or_default()) + 48
    }
}

impl Module<'_> {
    /// The middle of an output, from the upper edge.
    pub fn output(&self, number: usize) -> u32 {
        TITLE + FEATURES * count(self.features.len()) + OUTPUT * count(number) + OUTPUT / 2
    }
}

/// Features in lines, each behind a plus sign.
fn wrapped(features: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for feature in features {
        match lines.last_mut() {
            Some(line) if line.len() + feature.len() + 3 <= WRAP => {
                line.push_str(" + ");
                line.push_str(feature);
            }
            _ => lines.push(format!("+ {feature}")),
        }
    }
    lines
}

fn contracts(estate: &Estate) -> BTreeSet<Contract<'_>> {
    let mut found = BTreeSet::new();
    for root in &estate.roots {
        for call in &root.calls {
            found.extend(call.references().map(|(_, reference)| Contract {
                root: &reference.root,
                call: &reference.call,
                output: &reference.output,
                to_root: &root.name,
                to_call: &call.name,
            }));
        }
    }
    found
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
