//! Companies, their sites as files, and what visitors left there.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::message::{Request, Response};
use super::body::{Body, cursor, limit, param};
use super::{Api, failed, ok};
use crate::error::{Error, Result};
use crate::sections::context::{Row, row_key, row_prefix};
use crate::sites::enterprise::{self, Enterprise, Opening, State};
use crate::sites::{self, files};
use crate::store::Records;
use crate::words::Lang;

impl Api {
    pub(super) async fn open_enterprise(&self, request: &Request) -> Result<Response> {
        let known = ["order", "name", "short_name", "slug", "code", "industry", "contact_phone", "plan"];
        let body = Body::of(request, &known)?;
        let opening = Opening {
            order: body.text("order")?.to_owned(),
            name: body.must("name")?.to_owned(),
            short_name: body.text("short_name")?.to_owned(),
            slug: body.must("slug")?.to_owned(),
            code: body.text("code")?.to_owned(),
            industry: body.must("industry")?.to_owned(),
            contact_phone: body.text("contact_phone")?.to_owned(),
            plan: body.text("plan")?.to_owned(),
        };
        let (house, now) = (Arc::clone(&self.house), self.clock.now());
        let made = self.store.write(move |tx| sites::open(&house, tx, &opening, now)).await?;
        Ok(ok(201, &json!({ "id": made.slug, "slug": made.slug, "code": made.code })))
    }

    pub(super) fn enterprises(&self, query: &[(String, String)]) -> Result<Response> {
        let found = enterprise::enterprises(&self.store, param(query, "after"), limit(query)?)?;
        let next = found.last().map_or_else(|| param(query, "after").unwrap_or("").to_owned(), |e| e.slug.clone());
        let items: Vec<Value> = found.iter().map(|e| self.shown(e)).collect();
        Ok(ok(200, &json!({ "items": items, "next": next })))
    }

    pub(super) fn enterprise(&self, slug: &str) -> Result<Response> {
        Ok(ok(200, &self.shown(&enterprise::enterprise(&self.store, slug)?)))
    }

    pub(super) async fn change_enterprise(&self, slug: &str, verb: &str) -> Result<Response> {
        let state = match verb {
            "suspend" => State::Suspended,
            "resume" => State::Open,
            _ => State::Closed,
        };
        let slug = slug.to_owned();
        let changed = self.store.write(move |tx| enterprise::set_state(tx, &slug, state)).await?;
        Ok(ok(200, &self.shown(&changed)))
    }

    fn shown(&self, e: &Enterprise) -> Value {
        json!({
            "id": e.slug, "slug": e.slug, "code": e.code, "name": e.name, "short_name": e.short_name,
            "industry": e.industry, "contact_phone": e.contact_phone, "plan": e.plan, "state": e.state.name(),
            "order": e.order, "opened": e.opened.rfc3339(), "url": self.house.address(Some(&e.slug)),
        })
    }

    /// A site as a tar: checked whole, then written whole.
    pub(super) async fn import(&self, request: &Request) -> Result<Response> {
        let (body, store, house, now) =
            (request.body.clone(), self.store.clone(), Arc::clone(&self.house), self.clock.now());
        let work = move || {
            let read = files::untar(&body)?;
            let import = match files::read(&read, house.kinds, Lang::En) {
                Ok(import) => import,
                Err(faults) => return Ok(Err(faults)),
            };
            let home = store.box_id().to_owned();
            files::write(&store, import, now, &home, Lang::En).map(Ok)
        };
        let _alone = self.importing.lock().await;
        // Decoding pictures takes long: not on a worker that others wait for.
        match tokio::task::spawn_blocking(work).await.map_err(Error::internal)?? {
            Ok(company) => Ok(ok(200, &self.shown(&company))),
            Err(faults) => Ok(failed(422, "invalid", Some("site.toml"), &faults.join("\n"))),
        }
    }

    pub(super) async fn export(&self, slug: &str) -> Result<Response> {
        let (store, kinds, slug) = (self.store.clone(), self.house.kinds, slug.to_owned());
        let work = move || files::export(&store, &slug, kinds).and_then(|all| files::tar(&all));
        let tar = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
        Ok(Response::new(200, "application/x-tar", tar))
    }

    pub(super) fn rows(&self, slug: &str, query: &[(String, String)]) -> Result<Response> {
        let section = param(query, "section").ok_or_else(|| Error::invalid("section", "is missing"))?;
        enterprise::enterprise(&self.store, slug)?;
        let site = enterprise::site(&self.store, slug)?;
        if !site.columns.iter().any(|c| c.id == section) {
            return Err(Error::NotFound);
        }
        let after = cursor(query)?;
        let prefix = row_prefix(slug, section);
        let found: Vec<(Vec<u8>, Row)> =
            self.store.scan(&prefix, Some(&row_key(slug, section, after)), limit(query)?)?;
        let id_of = |key: &[u8]| String::from_utf8_lossy(&key[prefix.len()..]).parse::<u64>().unwrap_or_default();
        let next = found.last().map_or(after, |(key, _)| id_of(key));
        let items: Vec<Value> = found
            .iter()
            .map(|(key, row)| {
                json!({
                    "id": id_of(key).to_string(), "section": section, "state": row.state, "made": row.made.rfc3339(),
                    "from": row.phone, "box": row.home, "fields": row.fields,
                })
            })
            .collect();
        Ok(ok(200, &json!({ "items": items, "next": next.to_string() })))
    }

    pub(super) async fn act_on_row(&self, slug: &str, id: &str, verb: &str, request: &Request) -> Result<Response> {
        let body = Body::of(request, &["text"])?;
        let id: u64 = id.parse().map_err(|_| Error::NotFound)?;
        enterprise::enterprise(&self.store, slug)?;
        let site = enterprise::site(&self.store, slug)?;
        let has = |c: &&crate::sections::context::Column| {
            matches!(self.store.get::<Row>(&row_key(slug, &c.id, id)), Ok(Some(_)))
        };
        let section = site.columns.iter().find(has).ok_or(Error::NotFound)?.id.clone();
        let (house, now) = (Arc::clone(&self.house), self.clock.now());
        let (site, verb, text) = (slug.to_owned(), verb.to_owned(), body.text("text")?.to_owned());
        let deed = sites::Deed { site, section, row: id, verb, text };
        self.store.write(move |tx| sites::act_on_row(&house, tx, &deed, now)).await?;
        // The verb may have told somebody.
        self.texts.look()?;
        Ok(ok(200, &json!({ "id": id.to_string() })))
    }
}
