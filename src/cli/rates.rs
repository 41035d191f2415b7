//! `milepost rates`

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf, sync::Arc, time::Duration};

use access::{
    Actor, Grant, Role,
    token::{self, Request, Verifier},
};
use app::{App, HandleError, Order, RecordError, Target};
use chrono::{NaiveDate, Utc};
use clap::{Args, Subcommand};
use domain::Intent;
use projections::{
    exchange::{self, SHIPPED},
    things::Register,
};
use schema::{Date, Evidence, Kind, Line, register::ExchangeRatesPublished};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Failure, STORE_HELP, import::log_read, log, output, service::Service};
use crate::{
    import::{RatesFile, RatesOfDay},
    settings::Settings,
    startup::{self, OpenError, StartError},
};

/// How many days are sent to a running service at once: as many as an operation may have fields of its root.
const DAYS_AT_ONCE: usize = 20;

/// The longest that a running service is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than it answers to that many days.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// How long the token lives with which a running service is asked.
const TOKEN_LIFETIME: Duration = Duration::from_mins(15);

/// How many reasons are given for a refusal, and how many days are shown.
const SHOWN_MAX: usize = 40;

/// Look after the rates of exchange at which sums are converted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost rates add eurofxref-hist.zip
  milepost rates add --dry-run eurofxref-daily.xml
  milepost rates add --data /var/lib/milepost eurofxref.csv")]
pub(super) struct Rates {
    #[command(subcommand)]
    command: Wanted,
}

#[derive(Debug, Subcommand)]
enum Wanted {
    Add(Add),
}

/// Put the rates of a file on record that are not known yet.
///
/// Takes the European Central Bank's files of euro foreign exchange reference rates as they are: CSV or XML, in their
/// archive or not, of one day or of all. A file is taken whole or not at all; taking it again adds nothing. Works while a
/// service runs on the data directory, which is then sent the rates.
#[derive(Debug, Args)]
struct Add {
    /// Say what would be added, and add nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out what was published before this day [default: 2015-01-02, where the rates begin that come with the program]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// The address of the service that runs on the data directory, if one does [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where the log is
    #[arg(long, value_name = "STORE", help = STORE_HELP)]
    store: Option<String>,
    /// The bank's file: eurofxref-hist.zip, eurofxref.zip, or what is in them; eurofxref-hist.xml, eurofxref-hist-90d.xml,
    /// eurofxref-daily.xml
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Rates {
    pub(super) fn listen(&self) -> Option<String> {
        let Wanted::Add(add) = &self.command;
        add.listen.clone()
    }

    pub(super) fn store(&self) -> Option<String> {
        let Wanted::Add(add) = &self.command;
        add.store.clone()
    }

    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let Wanted::Add(add) = self.command;
        log::begin(settings.log);
        add.run(settings)
    }
}

/// What is to be added, and what is not.
struct Wish {
    file: RatesFile,
    /// The days of which something may be new.
    days: Vec<RatesOfDay>,
    /// How many days come with the program.
    shipped: usize,
    /// How many days were left out, since they lie before the day that was asked for.
    before: usize,
    from: NaiveDate,
}

impl Add {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        let file = RatesFile::open(&self.file).map_err(|error| Failure::refused(&error))?;
        let wish = Wish::of(file, self.from.unwrap_or_else(|| SHIPPED.first_on()))?;
        let runtime = startup::runtime()?;
        let outcome = runtime.block_on(async {
            match startup::open(settings).await {
                Ok(opened) => {
                    let added = added_here(&opened.app, settings, &wish, self.dry_run).await;
                    opened.close().await;
                    added
                }
                Err(StartError::Log(OpenError::InUse { .. })) => added_there(settings, &wish, self.dry_run),
                Err(error) => Err(error.into()),
            }
        });
        runtime.shutdown_background();
        output::say(&wish.told(&outcome?, self.dry_run))
    }
}

/// What came of it.
struct Added {
    /// The days of which something was new.
    days: Vec<NaiveDate>,
    /// The last day of which there are rates now.
    last_on: NaiveDate,
}

impl Wish {
    /// What `file` adds to the rates that come with the program, from the day `from`.
    fn of(mut file: RatesFile, from: NaiveDate) -> Result<Self, Failure> {
        let all = file.days.len();
        file.days.retain(|day| day.on >= from);
        let before = all - file.days.len();
        let today = Utc::now().date_naive();
        let unfit = |day: &RatesOfDay| SHIPPED.fit(Date::day(day.on), &day.rates, today, None).err();
        refuse(&file.file, file.days.iter().filter_map(unfit).map(|unfit| unfit.to_string()).collect())?;
        let is_new = |day: &&RatesOfDay| !SHIPPED.know_all(day.on, &day.rates);
        let days: Vec<_> = file.days.iter().filter(is_new).cloned().collect();
        let shipped = file.days.len() - days.len();
        Ok(Self { file, days, shipped, before, from })
    }

    /// The document behind what is added.
    fn evidence(&self) -> Result<Evidence, Failure> {
        let title: Line = self.file.file.parse().map_err(|error: schema::TextError| Failure::refused(&error))?;
        Ok(Evidence { sha256: Some(self.file.sha256.clone()), ..Evidence::titled(title) })
    }

    /// What came of it, for people.
    fn told(&self, added: &Added, is_rehearsal: bool) -> String {
        let mut told = String::new();
        let (days, file) = (added.days.len(), &self.file.file);
        let does = if is_rehearsal { "would be added" } else { "added" };
        let of = exchange::SOURCE;
        let _ = match days {
            0 => writeln!(told, "nothing to add: every rate of {file} is known"),
            1 => writeln!(told, "rates of 1 day {does} from {file} ({of}):"),
            _ => writeln!(told, "rates of {days} days {does} from {file} ({of}):"),
        };
        let new: BTreeMap<_, _> = self.days.iter().map(|day| (day.on, day)).collect();
        for day in added.days.iter().take(SHOWN_MAX).filter_map(|day| new.get(day)) {
            let rates: Vec<_> = day.rates.iter().map(|rate| format!("{} {}", rate.currency(), rate.per_euro())).collect();
            let _ = writeln!(told, "  {}  {}", day.on, rates.join(", "));
        }
        if days > SHOWN_MAX {
            let _ = writeln!(told, "  and {} days more", days - SHOWN_MAX);
        }
        let known = self.shipped + self.days.len() - days;
        if known > 0 && days > 0 {
            let _ = writeln!(told, "{known} of its days were known already");
        }
        if self.before > 0 {
            let _ = writeln!(told, "{} of its days lie before {} and are left out (--from)", self.before, self.from);
        }
        if !self.file.left_out.is_empty() {
            let ended: Vec<_> = self.file.left_out.iter().copied().collect();
            let _ = writeln!(told, "left out, since they are currencies no longer: {}", ended.join(", "));
        }
        if is_rehearsal {
            told.push_str("dry run: nothing is recorded\n");
        } else {
            let _ = writeln!(told, "the rates here end on {}", added.last_on);
        }
        told
    }
}

/// Nothing is taken for these reasons, if there are any.
fn refuse(file: &str, reasons: Vec<String>) -> Result<(), Failure> {
    let Some(last) = reasons.len().checked_sub(1) else { return Ok(()) };
    let shown = reasons.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join("; ");
    let more = if last >= SHOWN_MAX { format!("; and {} more", last + 1 - SHOWN_MAX) } else { String::new() };
    Err(Failure::Refused(format!("nothing of {file} is taken: {shown}{more}")))
}

/// A token for the operator of the data directory, as an administrator.
fn token(settings: &Settings) -> Result<(String, u64, Verifier), Failure> {
    let key = startup::signing_key(&settings.data, false)?;
    let grant = Grant::of(Role::Administrator);
    let request = Request { subject: startup::operator(), grants: vec![grant], lifetime: TOKEN_LIFETIME };
    let now = Utc::now().timestamp().try_into().unwrap_or_default();
    Ok((token::issue(&key, request, now)?, now, Verifier::new([key.public().clone()])))
}

/// Adds what is wished for to the log itself.
async fn added_here(app: &App, settings: &Settings, wish: &Wish, is_rehearsal: bool) -> Result<Added, Failure> {
    log_read(app).await?;
    let (token, now, verifier) = token(settings)?;
    let actor = Arc::new(verifier.verify(&token, now)?);
    let evidence = wish.evidence()?;
    let orders: Vec<_> = wish.days.iter().map(|day| (day.on, order(day, &evidence))).collect();
    let (mut days, mut reasons) = (Vec::new(), Vec::new());
    for (on, order) in &orders {
        match app.preview::<Register>(&actor, std::slice::from_ref(order)) {
            Ok(done) if done.step.is_none() => {}
            Ok(_) => days.push(*on),
            Err(error) => reasons.push(reason(error)?),
        }
    }
    refuse(&wish.file.file, reasons)?;
    if !is_rehearsal {
        for (on, order) in orders {
            if days.contains(&on) {
                record(app, &actor, order).await?;
            }
        }
    }
    let picture = app.picture();
    let register = picture.thing::<Register>(exchange::register());
    let last_on = register.map_or(&SHIPPED, |register| &register.state().rates).last_on();
    Ok(Added { days, last_on })
}

/// Why a day can't be taken, where that is for its rates.
fn reason(error: HandleError) -> Result<String, Failure> {
    match error {
        HandleError::Record(RecordError::Rejected(rejection)) => Ok(rejection.message),
        error => Err(Failure::refused(&error)),
    }
}

async fn record(app: &App, actor: &Arc<Actor>, order: Order<schema::register::RegisterFact>) -> Result<(), Failure> {
    let receipt = app.handle::<Register>(actor, order).await.map_err(|error| Failure::refused(&error))?;
    if let Some(revision) = receipt.revision {
        // The next day is decided on what this one left; that it is recorded is sure already.
        let _ = app.reached(receipt.thing, revision, PATIENCE).await;
    }
    Ok(())
}

fn order(day: &RatesOfDay, evidence: &Evidence) -> Order<schema::register::RegisterFact> {
    Order {
        target: Target::New(Kind::Register),
        intent: Intent::State(ExchangeRatesPublished { rates: day.rates.clone() }.into()),
        occurred_on: Date::day(day.on),
        published_on: Some(day.on),
        evidence: vec![evidence.clone()],
        visibility: None,
        override_reason: None,
        language: None,
        command_id: None,
        correlation_id: Uuid::new_v4(),
        expected_revision: None,
    }
}

/// What the service answers to a day.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// What it changes; nothing where all of it is known.
    changes: Vec<Value>,
    user_errors: Vec<ToldError>,
}

#[derive(Deserialize)]
struct ToldError {
    message: String,
}

/// Has the service that runs on the data directory add what is wished for.
fn added_there(settings: &Settings, wish: &Wish, is_rehearsal: bool) -> Result<Added, Failure> {
    if settings.tls_files().is_some() {
        let reason = "the service that runs here is reached by TLS, which this command does not speak: stop it while the rates \
                      are added, or send exchangeRatesPublish to it with an administrator's token";
        return Err(Failure::Refused(reason.to_owned()));
    }
    let service = Service::at(settings.listen).called(&settings.hosts().map_err(|error| Failure::refused(&error))?);
    let (token, ..) = token(settings)?;
    let ask = |document: &str, variables: &Value| asked(&service, &token, document, variables);
    let mut new = Vec::new();
    let mut reasons = Vec::new();
    for days in wish.days.chunks(DAYS_AT_ONCE) {
        for (day, told) in days.iter().zip(sent(&ask, wish, days, true)?) {
            reasons.extend(told.user_errors.into_iter().map(|error| error.message));
            if !told.changes.is_empty() {
                new.push(day.clone());
            }
        }
    }
    refuse(&wish.file.file, reasons)?;
    if !is_rehearsal {
        for days in new.chunks(DAYS_AT_ONCE) {
            let told = sent(&ask, wish, days, false)?;
            let reasons = told.into_iter().flat_map(|told| told.user_errors).map(|error| error.message).collect();
            refuse("the rest", reasons)?;
        }
    }
    let answer = ask("{ exchangeRates { lastOn } }", &json!({}))?;
    let last_on = answer["exchangeRates"]["lastOn"].as_str().and_then(|day| day.parse().ok());
    let last_on = last_on.ok_or_else(|| Failure::Fault("the service does not say where the rates end".to_owned()))?;
    Ok(Added { days: new.iter().map(|day| day.on).collect(), last_on })
}

/// What the service answers to each of `days`.
fn sent(
    ask: &dyn Fn(&str, &Value) -> Result<Value, Failure>,
    wish: &Wish,
    days: &[RatesOfDay],
    is_preview: bool,
) -> Result<Vec<Told>, Failure> {
    let evidence = json!([{ "title": wish.file.file, "sha256": wish.file.sha256 }]);
    let (mut given, mut fields, mut variables) = (String::new(), String::new(), serde_json::Map::new());
    for (at, day) in days.iter().enumerate() {
        let rate = |rate: &schema::register::ExchangeRate| json!({ "currency": rate.currency(), "perEuro": rate.per_euro() });
        let rates: Vec<_> = day.rates.iter().map(rate).collect();
        let input =
            json!({ "rates": rates, "occurredOn": day.on, "publishedOn": day.on, "evidence": evidence, "preview": is_preview });
        variables.insert(format!("day{at}"), input);
        let _ = write!(given, "$day{at}: ExchangeRatesPublishInput! ");
        let _ =
            write!(fields, "day{at}: exchangeRatesPublish(input: $day{at}) {{ changes {{ what }} userErrors {{ message }} }} ");
    }
    let mut answer = ask(&format!("mutation({given}) {{ {fields}}}"), &Value::Object(variables))?;
    let told = |at: usize| serde_json::from_value(answer[format!("day{at}")].take());
    let unread = |error| Failure::Fault(format!("the service answers otherwise than this build expects: {error}"));
    (0..days.len()).map(told).collect::<Result<_, _>>().map_err(unread)
}

/// The data of the service's answer.
fn asked(service: &Service, token: &str, document: &str, variables: &Value) -> Result<Value, Failure> {
    let address = service.address;
    let body = json!({ "query": document, "variables": variables }).to_string();
    let answer = service.post("/graphql", token, &body, PATIENCE, ANSWER_BYTES_MAX).map_err(|error| {
        Failure::Refused(format!(
            "the data directory is in use by a service, and nothing answers at {address}: {error}; say where it listens with --listen"
        ))
    })?;
    let mut read: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if let Some(message) = read["errors"][0]["message"].as_str() {
        return Err(Failure::Refused(format!("the service at {address} says: {message}")));
    }
    if answer.status != "200" {
        let status = answer.status;
        return Err(Failure::Refused(format!(
            "what answers at {address} is no service on this data directory (status {status}); say where it listens with --listen"
        )));
    }
    Ok(read["data"].take())
}
