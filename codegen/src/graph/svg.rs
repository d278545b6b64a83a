//! The layout as SVG, readable on light and dark pages.

use super::layout::{Area, Layout, Line, Way, row_text};
use crate::estate::Estate;
use std::fmt::Write as _;

const STYLE: &str = "\
  text { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328 }
  .page { fill: #ffffff }
  .root { fill: #f6f8fa; stroke: #57606a }
  .name { font-weight: bold }
  .where { fill: #57606a; font-size: 11px }
  .call { fill: #ffffff; stroke: #d0d7de }
  .contract { fill: none; stroke: #0969da; stroke-width: 1.5; marker-end: url(#arrow) }
  .output { fill: #0969da; font-size: 11px; text-anchor: end }
  .inside { text-anchor: start }
";

/// The picture of an estate.
pub fn svg(estate: &Estate) -> String {
    let layout = Layout::new(estate);
    let (width, height) = (layout.width, layout.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
    );
    push(&mut text, format_args!("<title>{}</title>", escape(&estate.name)));
    push(&mut text, format_args!("<style>\n{STYLE}</style>"));
    push(
        &mut text,
        format_args!(
            "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#0969da\"/></marker></defs>"
        ),
    );
    push(&mut text, format_args!("<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>"));
    for area in &layout.areas {
        root(&mut text, area);
    }
    for line in &layout.lines {
        contract(&mut text, line);
    }
    text.push_str("</svg>\n");
    text
}

fn root(text: &mut String, area: &Area<'_>) {
    let Area { root, x, y, width, height } = area;
    push(
        text,
        format_args!("<rect class=\"root\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"),
    );
    push(text, format_args!("<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>", x + 12, y + 22, escape(&root.name)));
    let place = format!("{} · {}", root.account.name, root.region);
    push(text, format_args!("<text class=\"where\" x=\"{}\" y=\"{}\">{}</text>", x + 12, y + 40, escape(&place)));
    for (number, call) in root.calls.iter().enumerate() {
        let middle = area.row(number);
        push(
            text,
            format_args!(
                "<rect class=\"call\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"24\" rx=\"4\"/>",
                x + 8,
                middle - 12,
                width - 16
            ),
        );
        push(text, format_args!("<text x=\"{}\" y=\"{}\">{}</text>", x + 16, middle + 4, escape(&row_text(call))));
    }
}

fn contract(text: &mut String, line: &Line) {
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    let (way, class, x, y) = match line.way {
        Way::Inside => {
            let bend = x1 + 70;
            (format!("C{bend} {y1} {bend} {y2} {x2} {y2}"), "output inside", x1 + 58, u32::midpoint(y1, y2) + 4)
        }
        Way::Across => {
            let (bend1, bend2) = (x1 + 80, x2.saturating_sub(80));
            (format!("C{bend1} {y1} {bend2} {y2} {x2} {y2}"), "output", x2 - 14, y2.saturating_sub(6 + 12 * line.above))
        }
        Way::Below(lane) => {
            let (down, along, until, up) = (x1 + 30, x1 + 60, x2.saturating_sub(60), x2.saturating_sub(30));
            let way =
                format!("C{down} {y1} {down} {lane} {along} {lane} L{until} {lane} C{up} {lane} {up} {y2} {x2} {y2}");
            (way, "output", until, lane - 5)
        }
    };
    push(text, format_args!("<path class=\"contract\" d=\"M{x1} {y1} {way}\"/>"));
    let outputs = escape(&line.outputs.join(", "));
    push(text, format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{outputs}</text>"));
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    writeln!(text, "{line}").unwrap_or_default();
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
