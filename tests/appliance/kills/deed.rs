//! What programs, owners and visitors ask of the box, each so that it can be asked again: with the mark of its form, its
//! key, its order's number.

use serde_json::json;
use yizhan::sites::files;

use super::ask::{Door, JSON, TAR};
use super::ledger::Ledger;
use super::site;
use crate::harness::Reply;

#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A form of a guestbook, with the mark of the page it was taken from.
    Post {
        site: String,
        once: String,
        text: String,
    },
    Message {
        to: String,
        class: &'static str,
        text: String,
    },
    Company {
        slug: String,
    },
    Import {
        slug: String,
        edition: u32,
    },
    /// The owner answers a row; who texted it is told.
    Answer {
        site: String,
        row: u64,
        text: String,
        tells: Option<String>,
    },
}

impl Deed {
    pub async fn ask(&self, door: &Door) -> Option<Reply> {
        match self {
            Deed::Post { site, once, text } => {
                let form: String = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs([("_form", "write"), ("_once", once), ("text", text)])
                    .finish();
                door.web("POST", &format!("/s/{site}/guestbook/write"), form.as_bytes()).await
            }
            Deed::Message { to, class, text } => {
                let body = json!({ "to": to, "class": class, "text": text, "key": format!("key-{to}") }).to_string();
                door.api("POST", "/api/v1/messages", JSON, body.as_bytes()).await
            }
            Deed::Company { slug } => {
                let body = json!({ "order": format!("order-{slug}"), "name": format!("{slug} 公司"), "slug": slug,
                    "short_name": slug, "industry": "service" });
                door.api("POST", "/api/v1/enterprises", JSON, body.to_string().as_bytes()).await
            }
            Deed::Import { slug, edition } => {
                let tar = files::tar(&site::edition(slug, *edition)).unwrap();
                door.api("POST", "/api/v1/sites", TAR, &tar).await
            }
            Deed::Answer { site, row, text, .. } => {
                let target = format!("/api/v1/sites/{site}/rows/{row}/answer");
                door.api("POST", &target, JSON, json!({ "text": text }).to_string().as_bytes()).await
            }
        }
    }

    /// Before it is asked.
    pub fn note_asked(&self, ledger: &mut Ledger) {
        match self {
            Deed::Post { text, .. } => ledger.posts.ask(text),
            Deed::Message { to, text, .. } => {
                ledger.pushes.ask(to);
                ledger.words.insert(to.clone(), text.clone());
            }
            Deed::Company { slug } => ledger.companies.ask(slug),
            Deed::Import { slug, edition } => {
                ledger.sites.entry(slug.clone()).or_default().asked = Some(*edition);
                ledger.touched.insert(slug.clone());
            }
            Deed::Answer { text, tells, .. } => {
                ledger.answers.ask(text);
                tells.iter().for_each(|number| ledger.pushes.ask(number));
            }
        }
        if !ledger.open.contains(self) {
            ledger.open.push(self.clone());
        }
    }

    /// The box said yes, or what it must not have said.
    pub fn note_answer(&self, ledger: &mut Ledger, reply: &Reply) {
        let good = match self {
            Deed::Post { .. } => 303,
            Deed::Message { .. } => 202,
            Deed::Company { .. } => 201,
            Deed::Import { .. } | Deed::Answer { .. } => 200,
        };
        if reply.status != good {
            ledger.faults.push(format!("{self:?} was answered {}: {}", reply.status, reply.text()));
            return;
        }
        if let Deed::Message { to, .. } = self {
            let id = reply.json()["id"].as_str().unwrap_or_default().to_owned();
            let known = ledger.ids.entry(to.clone()).or_insert_with(|| id.clone());
            if *known != id {
                let fault = format!("the key of the message to {to} made it {known} and then {id}");
                ledger.faults.push(fault);
            }
        }
        self.note_done(ledger);
    }

    /// It is known to be done.
    pub fn note_done(&self, ledger: &mut Ledger) {
        match self {
            Deed::Post { text, .. } => ledger.posts.told(text),
            Deed::Message { to, .. } => ledger.pushes.told(to),
            Deed::Company { slug } => ledger.companies.told(slug),
            Deed::Import { slug, edition } => {
                let editions = ledger.sites.entry(slug.clone()).or_default();
                (editions.told, editions.asked) = (Some(*edition), None);
                ledger.imports += 1;
            }
            Deed::Answer { text, tells, .. } => {
                ledger.answers.told(text);
                tells.iter().for_each(|number| ledger.pushes.told(number));
            }
        }
        ledger.open.retain(|open| open != self);
    }
}
