//! Tables and charts in HTML5: numbers that read the same aloud as on the screen.
//!
//! Not here: price lists, which are entries (`super`).

use super::super::figure;
use super::Html;
use crate::words;

impl Html<'_> {
    pub(super) fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        // Wider than a phone it scrolls by itself, with the keyboard too.
        self.raw("<div class=\"table\" tabindex=\"0\" role=\"region\"");
        self.attribute_text("aria-label", self.title);
        self.raw("><table>");
        if !head.is_empty() {
            self.raw("<thead><tr>");
            for cell in head {
                self.raw("<th scope=\"col\">");
                self.text(cell);
                self.raw("</th>");
            }
            self.raw("</tr></thead>");
        }
        self.raw("<tbody>");
        for row in rows {
            self.raw("<tr>");
            for cell in row {
                self.element_inline("td", "", cell);
            }
            self.raw("</tr>");
        }
        self.raw("</tbody></table></div>\n");
    }

    /// A table whose middle column is a drawn bar: read aloud it is label and number.
    pub(super) fn chart(&mut self, title: &str, unit: &str, bars: &[(String, f64)]) {
        let longest = bars.iter().map(|(_, value)| *value).filter(|value| value.is_finite()).fold(0.0, f64::max);
        self.raw("<figure class=\"chart\"><figcaption>");
        self.text(title);
        if !unit.is_empty() {
            self.raw(" <small>");
            self.text(&words::UNIT_OF.with(self.lang, &[unit]));
            self.raw("</small>");
        }
        self.raw("</figcaption><table>");
        for (label, value) in bars {
            let part = if longest > 0.0 && value.is_finite() { value / longest } else { 0.0 };
            let share = (part * 100.0).clamp(0.0, 100.0);
            self.raw("<tr><th scope=\"row\">");
            self.text(label);
            self.raw(
                "</th><td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
            );
            let value = figure(*value);
            self.out.push_str(&format!("<rect width=\"{share:.1}\" height=\"10\"/></svg></td><td>{value}</td></tr>"));
        }
        self.raw("</table></figure>\n");
    }
}
