//! The layout as SVG, readable on light and dark pages.

use super::layout::{Area, Layout, Line};
use crate::estate::Estate;
use std::fmt::Write as _;

const STYLE: &str = "\
  text { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328 }
  .page { fill: #ffffff }
  .root { fill: #f6f8fa; stroke: #8c959f }
  .name { font-weight: bold }
  .where { fill: #57606a; font-size: 11px }
  .module { fill: #ffffff; stroke: #d0d7de }
  .output { font-size: 11px; text-anchor: end }
  .contract { fill: none; stroke-width: 1.5; stroke-opacity: 0.8 }
";

/// The colours of what roots give.
const COLOURS: [&str; 8] = ["#0969da", "#1a7f37", "#bc4c00", "#8250df", "#bf3989", "#0a7285", "#7d4e00", "#cf222e"];

/// The picture of an estate.
pub fn svg(estate: &Estate) -> String {
    let layout = Layout::new(estate);
    let (width, height) = (layout.width, layout.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
    );
    push(&mut text, format_args!("<title>{}</title>", escape(&estate.name)));
    push(&mut text, format_args!("<style>\n{STYLE}</style>"));
    push(&mut text, format_args!("<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>"));
    for (number, area) in layout.areas.iter().enumerate() {
        root(&mut text, area, layout.column, colour(number));
    }
    for (number, line) in &layout.lines {
        contract(&mut text, line, colour(*number));
    }
    text.push_str("</svg>\n");
    text
}

fn colour(number: usize) -> &'static str {
    COLOURS[number % COLOURS.len()]
}

fn root(text: &mut String, area: &Area<'_>, width: u32, colour: &str) {
    let Area { root, place, x, y, height, boxes } = area;
    push(
        text,
        format_args!("<rect class=\"root\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"),
    );
    push(text, format_args!("<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>", x + 14, y + 21, escape(&root.name)));
    push(text, format_args!("<text class=\"where\" x=\"{}\" y=\"{}\">{}</text>", x + 14, y + 38, escape(place)));
    for module in boxes {
        let (x, y, width, height) = (x + 8, y + module.y, width - 16, module.height);
        push(
            text,
            format_args!("<rect class=\"module\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>"),
        );
        let (name, used) = (escape(&module.call.name), escape(&module.call.description.name));
        push(text, format_args!("<text x=\"{}\" y=\"{}\">{name}: {used}</text>", x + 10, y + 16));
        let mut line = y + 30;
        for features in &module.features {
            let features = escape(features);
            push(text, format_args!("<text class=\"where\" x=\"{}\" y=\"{line}\">{features}</text>", x + 10));
            line += 14;
        }
        for (number, output) in module.outputs.iter().enumerate() {
            let (right, middle) = (x + width, y + module.output(number));
            let (output, baseline) = (escape(output), middle + 4);
            push(
                text,
                format_args!(
                    "<text class=\"output\" x=\"{}\" y=\"{baseline}\" style=\"fill: {colour}\">{output}</text>",
                    right - 10
                ),
            );
            push(text, format_args!("<circle cx=\"{right}\" cy=\"{middle}\" r=\"3\" fill=\"{colour}\"/>"));
        }
    }
}

fn contract(text: &mut String, line: &Line, colour: &str) {
    let (way, (x, y), back) = match line {
        Line::Inside { x, from, to } => {
            let bend = x + 36;
            (format!("M{x} {from} C{bend} {from} {bend} {to} {} {to}", x + 6), (*x, *to), true)
        }
        Line::Across(points) => {
            let end = points.last().copied().unwrap_or_default();
            (across(points), end, false)
        }
    };
    push(text, format_args!("<path class=\"contract\" d=\"{way}\" stroke=\"{colour}\"/>"));
    let tail = if back { x + 8 } else { x.saturating_sub(8) };
    let (above, below) = (y.saturating_sub(4), y + 4);
    push(text, format_args!("<path d=\"M{x} {y} L{tail} {above} L{tail} {below} z\" fill=\"{colour}\"/>"));
}

/// Curves between columns, straight lines through them.
fn across(points: &[(u32, u32)]) -> String {
    let mut way = String::new();
    let last = points.len().saturating_sub(1);
    for (number, pair) in points.windows(2).enumerate() {
        let [(x1, y1), (x2, y2)] = *pair else { continue };
        if number == 0 {
            way = format!("M{x1} {y1}");
        }
        // The line ends where the head of the arrow begins.
        let x2 = if number + 1 == last { x2.saturating_sub(6) } else { x2 };
        let (middle, part) = (u32::midpoint(x1, x2), if number % 2 == 0 { 'C' } else { 'L' });
        way.push_str(&match part {
            'C' => format!(" C{middle} {y1} {middle} {y2} {x2} {y2}"),
            _ => format!(" L{x2} {y2}"),
        });
    }
    way
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    writeln!(text, "{line}").unwrap_or_default();
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
