//! Forms in HTML5: one control for each `Ask`, with label, hint, and what was wrong with the last answer.
//!
//! Not here: whether an answer will do (`page::form`). The browser's own checks only save a round trip.

use super::super::form::{Ask, Field, Form, Known, Method, Need};
use super::super::markup::{self, chosen};
use super::Html;
use crate::words;

/// From this many choices on one list box is easier to read than radio buttons.
const RADIOS_MAX: usize = 6;

impl Html<'_> {
    pub(super) fn form(&mut self, form: &Form) {
        self.wrong(form);
        self.open(form);
        if form.title != self.title && !is_search(form) {
            self.element("h2", "heading", &form.title);
        }
        self.hidden_fields(form);
        for field in &form.fields {
            self.field(form, field);
        }
        self.raw("<p class=\"send\"><button type=\"submit\">");
        let send = if form.method == Method::Get { words::SEARCH } else { words::SEND };
        self.text(send.say(self.lang));
        self.raw("</button></p></form>\n");
    }

    /// All that is wrong at once, each with a link to its field.
    fn wrong(&mut self, form: &Form) {
        let count = form.fields.iter().filter(|field| field.wrong.is_some()).count();
        if count == 0 {
            return;
        }
        self.raw("<div class=\"notice wrong\" role=\"alert\"><p>");
        self.text(&words::WRONG_ABOVE.with(self.lang, &[&count.to_string()]));
        self.raw("</p><ul>");
        for field in &form.fields {
            if let Some(wrong) = &field.wrong {
                self.raw("<li><a href=\"#");
                self.id(form, field, "");
                self.raw("\">");
                self.text(&field.label);
                self.raw("</a> ");
                self.text(wrong);
                self.raw("</li>");
            }
        }
        self.raw("</ul></div>\n");
    }

    fn open(&mut self, form: &Form) {
        self.raw(if is_search(form) { "<form class=\"form search\" role=\"search\"" } else { "<form class=\"form\"" });
        self.raw(" id=\"");
        markup::anchor(self.out, "form", &form.id);
        self.raw("\" action=\"");
        let address = match form.method {
            Method::Get => self.links.bare(&form.to),
            Method::Post => self.links.path(&form.to),
        };
        self.text(&address);
        self.raw(if form.method == Method::Post { "\" method=\"post\"" } else { "\" method=\"get\"" });
        if form.fields.iter().any(|field| matches!(field.ask, Ask::File { .. })) {
            self.raw(" enctype=\"multipart/form-data\"");
        }
        self.raw(">\n");
    }

    /// The once-token stays out of addresses, which are kept in histories and logs.
    fn hidden_fields(&mut self, form: &Form) {
        match form.method {
            Method::Get => {
                let links = self.links;
                for (name, value) in links.carried(&form.to) {
                    self.hidden(name, value);
                }
            }
            Method::Post => {
                self.hidden("_form", &form.id);
                self.hidden("_once", &self.links.once);
            }
        }
    }

    fn hidden(&mut self, name: &str, value: &str) {
        self.raw("<input type=\"hidden\"");
        self.attribute_text("name", name);
        self.attribute_text("value", value);
        self.raw(">\n");
    }

    fn field(&mut self, form: &Form, field: &Field) {
        if let (Ask::Fixed(value), "") = (&field.ask, field.label.as_str()) {
            return self.hidden(&field.name, value);
        }
        self.raw(if field.wrong.is_some() { "<div class=\"field wrong\">" } else { "<div class=\"field\">" });
        match &field.ask {
            Ask::Fixed(value) => {
                self.hidden(&field.name, value);
                self.element_inline("span", "label", &field.label);
                self.element_inline("output", "", if field.hint.is_empty() { value } else { &field.hint });
                return self.raw("</div>\n");
            }
            Ask::One(choices) if choices.len() <= RADIOS_MAX => self.choices(form, field, choices, "radio"),
            Ask::Many(choices) => self.choices(form, field, choices, "checkbox"),
            _ => {
                self.raw("<label for=\"");
                self.id(form, field, "");
                self.raw("\">");
                self.label(field);
                self.raw("</label>");
                self.hint(form, field);
                self.control(form, field);
            }
        }
        self.raw("</div>\n");
    }

    fn label(&mut self, field: &Field) {
        self.text(&field.label);
        match field.need {
            Need::Must => self.element_inline("small", "must", words::MUST.say(self.lang)),
            Need::May => self.element_inline("small", "may", words::MAY.say(self.lang)),
            Need::Known(_) => {}
        }
    }

    fn hint(&mut self, form: &Form, field: &Field) {
        let limit = match field.ask {
            Ask::File { max_kib } => words::FILE_LIMIT.with(self.lang, &[&max_kib.to_string()]),
            _ => String::new(),
        };
        if !field.hint.is_empty() || !limit.is_empty() {
            self.raw("<p class=\"hint\" id=\"");
            self.id(form, field, "-hint");
            self.raw("\">");
            self.text(&field.hint);
            if !field.hint.is_empty() && !limit.is_empty() {
                self.raw(" · ");
            }
            self.text(&limit);
            self.raw("</p>");
        }
        if let Some(wrong) = &field.wrong {
            self.raw("<p class=\"why\" id=\"");
            self.id(form, field, "-why");
            self.raw("\">");
            self.text(wrong);
            self.raw("</p>");
        }
    }

    fn control(&mut self, form: &Form, field: &Field) {
        let was = field.was.as_deref().unwrap_or("");
        match &field.ask {
            Ask::Lines { max } => {
                self.raw("<textarea rows=\"5\"");
                self.named(form, field);
                self.out.push_str(&format!(" maxlength=\"{max}\">\n"));
                self.text(was);
                return self.raw("</textarea>");
            }
            Ask::One(choices) => return self.select(form, field, choices),
            Ask::Line { max } => {
                self.raw(if form.method == Method::Get { "<input type=\"search\"" } else { "<input type=\"text\"" });
                self.out.push_str(&format!(" maxlength=\"{max}\""));
                if field.need == Need::Known(Known::Name) {
                    self.raw(" autocomplete=\"name\"");
                }
            }
            Ask::Number { min, max } => {
                self.out.push_str(&format!("<input type=\"number\" min=\"{min}\" max=\"{max}\" step=\"1\""));
            }
            Ask::Money => self.raw("<input type=\"text\" inputmode=\"decimal\" pattern=\"[0-9]+([.][0-9]{1,2})?\""),
            Ask::Phone => self.raw("<input type=\"tel\" autocomplete=\"tel\" maxlength=\"24\""),
            Ask::Date => self.raw("<input type=\"date\""),
            Ask::Secret => self.raw("<input type=\"password\""),
            Ask::File { .. } => self.raw("<input type=\"file\""),
            Ask::Many(_) | Ask::Fixed(_) => return,
        }
        self.named(form, field);
        // A secret is typed again; a browser refuses a value for a file.
        if !was.is_empty() && !matches!(field.ask, Ask::Secret | Ask::File { .. }) {
            self.attribute_text("value", was);
        }
        self.raw(">");
    }

    fn select(&mut self, form: &Form, field: &Field, choices: &[(String, String)]) {
        self.raw("<select");
        self.named(form, field);
        self.raw("><option value=\"\">");
        self.text(words::CHOOSE.say(self.lang));
        self.raw("</option>");
        for (value, label) in choices {
            self.raw("<option");
            self.attribute_text("value", value);
            self.raw(if field.was.as_deref() == Some(value) { " selected>" } else { ">" });
            self.text(label);
            self.raw("</option>");
        }
        self.raw("</select>");
    }

    fn choices(&mut self, form: &Form, field: &Field, choices: &[(String, String)], kind: &str) {
        self.raw("<fieldset id=\"");
        self.id(form, field, "");
        self.raw("\"");
        self.described(form, field);
        self.raw("><legend>");
        self.label(field);
        self.raw("</legend>");
        self.hint(form, field);
        for (value, label) in choices {
            self.raw("<label class=\"choice\"><input");
            self.attribute_text("type", kind);
            self.attribute_text("name", &field.name);
            self.attribute_text("value", value);
            let one = kind == "radio";
            if one && field.need == Need::Must {
                self.raw(" required");
            }
            let was = field.was.as_deref();
            if if one { was == Some(value) } else { chosen(was, value) } {
                self.raw(" checked");
            }
            self.raw("> ");
            self.text(label);
            self.raw("</label>");
        }
        self.raw("</fieldset>");
    }

    /// id, name, whether it must be answered, and what describes it.
    fn named(&mut self, form: &Form, field: &Field) {
        self.raw(" id=\"");
        self.id(form, field, "");
        self.raw("\"");
        self.attribute_text("name", &field.name);
        if field.need == Need::Must {
            self.raw(" required");
        }
        self.described(form, field);
    }

    fn described(&mut self, form: &Form, field: &Field) {
        let hint = !field.hint.is_empty() || matches!(field.ask, Ask::File { .. });
        if field.wrong.is_none() && !hint {
            return;
        }
        self.raw(" aria-describedby=\"");
        if hint {
            self.id(form, field, "-hint");
        }
        if field.wrong.is_some() {
            self.raw(if hint { " " } else { "" });
            self.id(form, field, "-why");
            self.raw("\" aria-invalid=\"true");
        }
        self.raw("\"");
    }

    fn id(&mut self, form: &Form, field: &Field, end: &str) {
        markup::anchor(self.out, "field", &form.id);
        markup::anchor(self.out, "", &field.name);
        self.raw(end);
    }
}

fn is_search(form: &Form) -> bool {
    form.method == Method::Get && matches!(form.fields.as_slice(), [Field { ask: Ask::Line { .. }, .. }])
}
