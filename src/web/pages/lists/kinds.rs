//! The lists: of which things, by what they can be narrowed and ordered, what each row shows, and what a file has of it.

use serde_json::Value;

use super::cells::{Cell, date, days, line, link, money, number, people, since, totals, words_of};
use crate::web::words;

/// A list of things of one kind.
pub struct Kind {
    /// Its address.
    pub path: &'static str,
    /// The heading.
    pub title: &'static str,
    /// One of them, and several, in words.
    pub nouns: (&'static str, &'static str),
    /// The field of the API, and how its inputs begin: `PermitFilter`, `PermitOrder`.
    pub field: &'static str,
    /// See `field`.
    pub input: &'static str,
    /// What is asked of each.
    pub asks: &'static str,
    /// By what it can be narrowed.
    pub filters: &'static [Filter],
    /// The orders: as the address has it, in words, and the field and direction of the API. The first is the usual one.
    pub orders: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// What each row shows; the first names the thing.
    pub columns: &'static [Column],
    /// The columns of the file, and where each stands in what the API answers.
    pub file: &'static [(&'static str, &'static str)],
    /// How many there are of each state, where the API counts them.
    pub counts: Option<Counts>,
}

/// What counts the things of a list by state.
pub struct Counts {
    /// The field of the API.
    pub field: &'static str,
    /// The member that says which state; null for those of which it is unknown.
    pub key: &'static str,
    /// The filter by it.
    pub filter: &'static str,
    /// The members that say how many, together.
    pub count: &'static [&'static str],
}

/// A column.
pub struct Column {
    /// What it is called.
    pub title: &'static str,
    /// What it shows of a thing.
    pub cell: fn(&Value) -> Cell,
    /// Whether it is of numbers, at the right.
    pub right: bool,
}

const fn column(title: &'static str, cell: fn(&Value) -> Cell) -> Column {
    Column { title, cell, right: false }
}

const fn figure(title: &'static str, cell: fn(&Value) -> Cell) -> Column {
    Column { title, cell, right: true }
}

/// By what a list can be narrowed.
pub struct Filter {
    /// As the address has it.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// The member of the API's filter.
    pub member: &'static str,
    /// What it can be.
    pub ask: Ask,
}

/// What a filter can be.
pub enum Ask {
    /// A part of a name.
    Text,
    /// One of these words, of which the API takes a list.
    Words(&'static [&'static str]),
    /// One of these words, of which the API takes one.
    Word(&'static [&'static str]),
    /// Yes or no, in words.
    YesNo(&'static str, &'static str),
    /// A country, by its two letters.
    Country,
    /// Whose law: the Union, a country or a part of one.
    Jurisdiction,
    /// A day.
    Day,
    /// A regime, by its id.
    Regime,
    /// A thing of this kind, by its id; it comes with a link.
    Thing(&'static str),
}

const fn filter(name: &'static str, label: &'static str, member: &'static str, ask: Ask) -> Filter {
    Filter { name, label, member, ask }
}

const TEXT: Filter = filter("text", "In its name", "text", Ask::Text);
const BY_TITLE: (&str, &str, &str, &str) = ("title", "By title", "TITLE", "ASC");

/// The states of permits, in the order of life.
pub const PERMIT_STATES: &[&str] = &[
    "IDENTIFIED",
    "PRE_APPLICATION",
    "SUBMITTED",
    "RETURNED",
    "ACCEPTED",
    "IN_REVIEW",
    "STOPPED",
    "RECOMMENDED",
    "DECIDED",
    "CHALLENGED",
    "CONDITIONS_OPEN",
    "CLOSED",
    "WITHDRAWN",
    "LAPSED",
    "SURRENDERED",
    "EXPIRED",
    "REPORTED_OVER",
];
/// Who has to act.
pub const PARTIES: &[&str] = &["APPLICANT", "AUTHORITY", "OTHER_AUTHORITY", "THIRD_PARTY", "COURT"];
/// What was determined.
pub const OUTCOMES: &[&str] = &["REFUSED", "PARTLY_GRANTED", "GRANTED", "DEEMED_GRANTED"];
/// The stages of projects.
pub const STAGES: &[&str] =
    &["CONCEPT", "FEASIBILITY", "FEED", "FID", "CONSTRUCTION", "COMMISSIONING", "OPERATIONAL", "DECOMMISSIONED"];
/// Whether projects go on.
pub const STANDINGS: &[&str] = &["ACTIVE", "SUSPENDED", "SHELVED", "CANCELLED"];
/// The technology levers.
pub const LEVERS: &[&str] = &["EFFICIENCY_CIRCULARITY", "ELECTRIFICATION_RENEWABLE_HEAT", "HYDROGEN", "CCUS"];
/// How far awards are.
pub const AWARD_STATES: &[&str] =
    &["IDENTIFIED", "APPLIED_FOR", "SHORTLISTED", "EXPECTED", "AWARDED", "OBLIGATED", "DISBURSING", "DECLINED", "TERMINATED"];
/// Whose money.
pub const SIDES: &[&str] = &["PUBLIC", "PRIVATE"];
/// By what money is given.
pub const INSTRUMENTS: &[&str] = &[
    "GRANT",
    "LOAN",
    "GUARANTEE",
    "EQUITY",
    "TAX_CREDIT",
    "CONTRACT_FOR_DIFFERENCE",
    "STATE_AID",
    "PRIVATE_DEBT",
    "PRIVATE_EQUITY",
];
/// What partnerships are about.
pub const PARTNERSHIP_KINDS: &[&str] = &[
    "OFFTAKE",
    "SUPPLY",
    "CO2_TRANSPORT_STORAGE",
    "SHARED_INFRASTRUCTURE",
    "JOINT_VENTURE",
    "LABOUR_SKILLS",
    "COMMUNITY",
    "CROSS_BORDER",
];
/// How far partnerships are.
pub const PARTNERSHIP_STATES: &[&str] =
    &["IDENTIFIED", "IN_DISCUSSION", "MOU_SIGNED", "TERM_SHEET", "BINDING", "ACTIVE", "EXPIRED", "TERMINATED"];
/// What organisations are.
pub const ORGANISATION_KINDS: &[&str] = &["COMPANY", "AUTHORITY", "FUNDER", "PORT", "ACADEMIA", "COMMUNITY"];
/// How far policy measures are.
pub const POLICY_STATES: &[&str] = &["IDENTIFIED", "PROPOSED", "IN_CONSULTATION", "ADOPTED", "IN_FORCE", "SUSPENDED", "REPEALED"];

/// Every list.
pub static KINDS: [Kind; 8] = [CLUSTERS, PROJECTS, PERMITS, AWARDS, PROGRAMMES, PARTNERSHIPS, ORGANISATIONS, MEASURES];

const CLUSTERS: Kind = Kind {
    path: "/clusters",
    title: "Clusters",
    nouns: ("cluster", "clusters"),
    field: "clusters",
    input: "Cluster",
    asks: "id name country place sectors signatorySince convenor { id name } projects(first: 1) { totalCount } \
           pillars { limiting }",
    filters: &[
        TEXT,
        filter("country", "Country, by its two letters", "country", Ask::Country),
        filter("signatory", "Signatories", "signatory", Ask::YesNo("of the initiative", "the others")),
    ],
    orders: &[("name", "By name", "NAME", "ASC"), ("signatory", "Latest signatories first", "SIGNATORY_SINCE", "DESC")],
    columns: &[
        column("Cluster", link),
        column("Country", |cluster| line(&cluster["country"], words::country)),
        column("Place", |cluster| line(&cluster["place"], str::to_owned)),
        column("Signatory since", |cluster| date(&cluster["signatorySince"])),
        column("Convenor", |cluster| link(&cluster["convenor"])),
        figure("Projects", |cluster| number(&cluster["projects"]["totalCount"])),
        column("What limits it", |cluster| words_of(&cluster["pillars"]["limiting"])),
    ],
    file: &[
        ("cluster", "/id"),
        ("name", "/name"),
        ("country", "/country"),
        ("place", "/place"),
        ("signatory since", "/signatorySince"),
        ("convenor", "/convenor/name"),
        ("projects", "/projects/totalCount"),
    ],
    counts: None,
};

const PROJECTS: Kind = Kind {
    path: "/projects",
    title: "Projects",
    nouns: ("project", "projects"),
    field: "projects",
    input: "Project",
    asks: "id title lead { id name } cluster { id name } country stage stageSince standing levers capacity { value unit } \
           fid { forecast actual expectedDatePassed }",
    filters: &[
        TEXT,
        filter("stage", "Stage", "stage", Ask::Words(STAGES)),
        filter("stageUnknown", "Stage known", "stageUnknown", Ask::YesNo("unknown", "known")),
        filter("standing", "Standing", "standing", Ask::Words(STANDINGS)),
        filter("lever", "Lever", "lever", Ask::Word(LEVERS)),
        filter("country", "Country, by its two letters", "country", Ask::Country),
        filter("inCluster", "In a cluster", "inCluster", Ask::YesNo("in one", "in none")),
        filter("cluster", "Of the cluster", "cluster", Ask::Thing("cluster")),
        filter("lead", "Led by", "lead", Ask::Thing("organisation")),
    ],
    orders: &[
        BY_TITLE,
        ("stage", "Furthest first", "STAGE", "DESC"),
        ("since", "Longest in their stage first", "STAGE_SINCE", "ASC"),
    ],
    columns: &[
        column("Project", |project| link(project).noting(&project["cluster"]["name"])),
        column("Led by", |project| link(&project["lead"])),
        column("Country", |project| line(&project["country"], words::country)),
        column("Stage", |project| since(&project["stage"], &project["stageSince"])),
        column("Standing", |project| words_of(&project["standing"])),
        column("Investment decision", |project| {
            let fid = &project["fid"];
            if fid["actual"].is_null() {
                let noted = if fid["expectedDatePassed"] == true { "expected, and has passed" } else { "expected" };
                let cell = date(&fid["forecast"]);
                if fid["forecast"].is_null() { cell } else { cell.noting(&Value::from(noted)) }
            } else {
                date(&fid["actual"]).noting(&Value::from("taken"))
            }
        }),
    ],
    file: &[
        ("project", "/id"),
        ("title", "/title"),
        ("cluster", "/cluster/name"),
        ("lead", "/lead/name"),
        ("country", "/country"),
        ("stage", "/stage"),
        ("stage since", "/stageSince"),
        ("standing", "/standing"),
        ("levers", "/levers"),
        ("capacity", "/capacity/value"),
        ("unit", "/capacity/unit"),
        ("decision expected", "/fid/forecast"),
        ("decision taken", "/fid/actual"),
    ],
    counts: Some(Counts { field: "projectsByStage", key: "stage", filter: "stage", count: &["active", "off"] }),
};

const PERMITS: Kind = Kind {
    path: "/permits",
    title: "Permits",
    nouns: ("permit", "permits"),
    field: "permits",
    input: "Permit",
    asks: "id title reference authority { id name } jurisdiction regime state stateSince court { party since } submittedOn \
           elapsed { count exact }",
    filters: &[
        filter("text", "In title or reference", "text", Ask::Text),
        filter("open", "Open", "open", Ask::YesNo("still to be decided", "the others")),
        filter("state", "State", "state", Ask::Words(PERMIT_STATES)),
        filter("court", "Ball is with", "court", Ask::Words(PARTIES)),
        filter("outcome", "Outcome", "outcome", Ask::Words(OUTCOMES)),
        filter("regime", "Regime", "regime", Ask::Regime),
        filter("jurisdiction", "Whose law, such as NL or GB-ENG", "jurisdiction", Ask::Jurisdiction),
        filter("overdue", "Overdue", "overdue", Ask::YesNo("past a statutory deadline", "known not to be")),
        filter("from", "Submitted from", "submittedFrom", Ask::Day),
        filter("until", "Submitted until", "submittedUntil", Ask::Day),
        filter("authority", "Decided on by", "authority", Ask::Thing("organisation")),
        filter("project", "Needed by", "project", Ask::Thing("project")),
        filter("cluster", "Of the cluster", "cluster", Ask::Thing("cluster")),
    ],
    orders: &[
        ("latest", "Latest change first", "STATE_SINCE", "DESC"),
        ("longest", "Longest in their state first", "STATE_SINCE", "ASC"),
        BY_TITLE,
        ("submitted", "Latest submitted first", "SUBMITTED_ON", "DESC"),
        ("elapsed", "Most days elapsed first", "ELAPSED", "DESC"),
        ("deadline", "First deadline first", "DEADLINE", "ASC"),
    ],
    columns: &[
        column("Permit", |permit| link(permit).noting(&permit["reference"])),
        column("Authority", |permit| link(&permit["authority"])),
        column("State", |permit| since(&permit["state"], &permit["stateSince"])),
        column("In whose court", |permit| {
            if permit["court"].is_null() {
                return Cell::text("nobody has to act");
            }
            let party = permit["court"]["party"].as_str().unwrap_or_default();
            Cell::text(words::party(party)).since(&permit["court"]["since"])
        }),
        column("Submitted", |permit| date(&permit["submittedOn"])),
        figure("Elapsed", |permit| days(&permit["elapsed"])),
    ],
    file: &[
        ("permit", "/id"),
        ("title", "/title"),
        ("reference", "/reference"),
        ("authority", "/authority/name"),
        ("jurisdiction", "/jurisdiction"),
        ("regime", "/regime"),
        ("state", "/state"),
        ("state since", "/stateSince"),
        ("court", "/court/party"),
        ("court since", "/court/since"),
        ("submitted on", "/submittedOn"),
        ("elapsed days", "/elapsed/count"),
        ("elapsed exactly", "/elapsed/exact"),
    ],
    counts: Some(Counts { field: "permitsByState", key: "state", filter: "state", count: &["count"] }),
};

const AWARDS: Kind = Kind {
    path: "/awards",
    title: "Awards",
    nouns: ("award", "awards"),
    field: "awards",
    input: "Award",
    asks: "id title funder { id name } recipient { id name } programme { id title } side instrument state stateSince \
           expected { amount currency } awarded { byCurrency { amount currency } } obligated { byCurrency { amount currency } } \
           disbursed { byCurrency { amount currency } }",
    filters: &[
        TEXT,
        filter("state", "State", "state", Ask::Words(AWARD_STATES)),
        filter("side", "Whose money", "side", Ask::Word(SIDES)),
        filter("instrument", "Instrument", "instrument", Ask::Words(INSTRUMENTS)),
        filter("funder", "Given by", "funder", Ask::Thing("organisation")),
        filter("recipient", "Received by", "recipient", Ask::Thing("organisation")),
        filter("programme", "Under", "programme", Ask::Thing("programme")),
        filter("project", "For", "project", Ask::Thing("project")),
        filter("cluster", "For the cluster", "cluster", Ask::Thing("cluster")),
    ],
    orders: &[BY_TITLE, ("state", "Furthest first", "STATE", "DESC"), ("latest", "Latest change first", "STATE_SINCE", "DESC")],
    columns: &[
        column("Award", |award| link(award).noting_words(&award["instrument"])),
        column("From", |award| link(&award["funder"]).noting(&award["programme"]["title"])),
        column("State", |award| since(&award["state"], &award["stateSince"])),
        figure("Expected", |award| money(&award["expected"])),
        figure("Awarded", |award| totals(&award["awarded"])),
        figure("Obligated", |award| totals(&award["obligated"])),
        figure("Disbursed", |award| totals(&award["disbursed"])),
    ],
    file: &[
        ("award", "/id"),
        ("title", "/title"),
        ("funder", "/funder/name"),
        ("recipient", "/recipient/name"),
        ("programme", "/programme/title"),
        ("side", "/side"),
        ("instrument", "/instrument"),
        ("state", "/state"),
        ("state since", "/stateSince"),
        ("expected", "/expected"),
        ("awarded", "/awarded/byCurrency"),
        ("obligated", "/obligated/byCurrency"),
        ("disbursed", "/disbursed/byCurrency"),
    ],
    counts: Some(Counts { field: "awardsByState", key: "state", filter: "state", count: &["count"] }),
};

const PROGRAMMES: Kind = Kind {
    path: "/programmes",
    title: "Programmes",
    nouns: ("programme", "programmes"),
    field: "programmes",
    input: "Programme",
    asks: "id title funder { id name } openedOn closesOn closedOn budget { amount currency } awards(first: 1) { totalCount } \
           awarded { byCurrency { amount currency } } left { byCurrency { amount currency } }",
    filters: &[
        TEXT,
        filter("open", "Open", "open", Ask::YesNo("open", "closed")),
        filter("funder", "Of", "funder", Ask::Thing("organisation")),
    ],
    orders: &[BY_TITLE],
    columns: &[
        column("Programme", link),
        column("Funded by", |programme| link(&programme["funder"])),
        column("Opened", |programme| date(&programme["openedOn"])),
        column("Closes", |programme| {
            if programme["closedOn"].is_null() {
                date(&programme["closesOn"])
            } else {
                date(&programme["closedOn"]).noting(&Value::from("closed"))
            }
        }),
        figure("Awards", |programme| number(&programme["awards"]["totalCount"])),
        figure("Budget", |programme| money(&programme["budget"])),
        figure("Awarded", |programme| totals(&programme["awarded"])),
        figure("Left", |programme| totals(&programme["left"])),
    ],
    file: &[
        ("programme", "/id"),
        ("title", "/title"),
        ("funder", "/funder/name"),
        ("opened on", "/openedOn"),
        ("closes on", "/closesOn"),
        ("closed on", "/closedOn"),
        ("awards", "/awards/totalCount"),
        ("budget", "/budget"),
        ("awarded", "/awarded/byCurrency"),
        ("left", "/left/byCurrency"),
    ],
    counts: None,
};

const PARTNERSHIPS: Kind = Kind {
    path: "/partnerships",
    title: "Partnerships",
    nouns: ("partnership", "partnerships"),
    field: "partnerships",
    input: "Partnership",
    asks: "id title kind state stateSince bindsUntil termPassed partners { leftOn organisation { id name } } clusters { id name }",
    filters: &[
        TEXT,
        filter("kind", "Kind", "kind", Ask::Words(PARTNERSHIP_KINDS)),
        filter("state", "State", "state", Ask::Words(PARTNERSHIP_STATES)),
        filter("partner", "With", "partner", Ask::Thing("organisation")),
        filter("project", "Serving", "project", Ask::Thing("project")),
        filter("cluster", "Serving the cluster", "cluster", Ask::Thing("cluster")),
    ],
    orders: &[BY_TITLE, ("state", "Furthest first", "STATE", "DESC"), ("latest", "Latest change first", "STATE_SINCE", "DESC")],
    columns: &[
        column("Partnership", |partnership| link(partnership).noting_words(&partnership["kind"])),
        column("State", |partnership| since(&partnership["state"], &partnership["stateSince"])),
        column("Between", |partnership| people(&partnership["partners"])),
        column("Binds until", |partnership| {
            let cell = date(&partnership["bindsUntil"]);
            if partnership["termPassed"] == true { cell.noting(&Value::from("has passed")) } else { cell }
        }),
    ],
    file: &[
        ("partnership", "/id"),
        ("title", "/title"),
        ("kind", "/kind"),
        ("state", "/state"),
        ("state since", "/stateSince"),
        ("binds until", "/bindsUntil"),
    ],
    counts: None,
};

const ORGANISATIONS: Kind = Kind {
    path: "/organisations",
    title: "Organisations",
    nouns: ("organisation", "organisations"),
    field: "organisations",
    input: "Organisation",
    asks: "id name kind country lei projects(first: 1) { totalCount } permits(first: 1) { totalCount }",
    filters: &[
        TEXT,
        filter("kind", "Kind", "kind", Ask::Words(ORGANISATION_KINDS)),
        filter("country", "Country, by its two letters", "country", Ask::Country),
    ],
    orders: &[("name", "By name", "NAME", "ASC"), ("backwards", "By name, the last first", "NAME", "DESC")],
    columns: &[
        column("Organisation", link),
        column("Kind", |organisation| words_of(&organisation["kind"])),
        column("Country", |organisation| line(&organisation["country"], words::country)),
        figure("Leads projects", |organisation| number(&organisation["projects"]["totalCount"])),
        figure("Decides on permits", |organisation| number(&organisation["permits"]["totalCount"])),
    ],
    file: &[
        ("organisation", "/id"),
        ("name", "/name"),
        ("kind", "/kind"),
        ("country", "/country"),
        ("lei", "/lei"),
        ("projects led", "/projects/totalCount"),
        ("permits decided on", "/permits/totalCount"),
    ],
    counts: None,
};

const MEASURES: Kind = Kind {
    path: "/policy-measures",
    title: "Policy measures",
    nouns: ("policy measure", "policy measures"),
    field: "policyMeasures",
    input: "PolicyMeasure",
    asks: "id title jurisdiction instrument reference state stateSince inForceSince relyingProjectCount relyingClusters { id }",
    filters: &[
        TEXT,
        filter("state", "State", "state", Ask::Words(POLICY_STATES)),
        filter("jurisdiction", "Whose law, such as EU or NL", "jurisdiction", Ask::Jurisdiction),
    ],
    orders: &[BY_TITLE, ("force", "Latest in force first", "IN_FORCE_SINCE", "DESC")],
    columns: &[
        column("Measure", |measure| link(measure).noting(&measure["reference"])),
        column("Law of", |measure| line(&measure["jurisdiction"], words::country)),
        column("What it is", |measure| line(&measure["instrument"], str::to_owned)),
        column("State", |measure| since(&measure["state"], &measure["stateSince"])),
        column("In force since", |measure| date(&measure["inForceSince"])),
        figure("Projects that rely on it", |measure| number(&measure["relyingProjectCount"])),
        figure("Clusters", |measure| number(&Value::from(measure["relyingClusters"].as_array().map_or(0, Vec::len)))),
    ],
    file: &[
        ("measure", "/id"),
        ("title", "/title"),
        ("jurisdiction", "/jurisdiction"),
        ("instrument", "/instrument"),
        ("reference", "/reference"),
        ("state", "/state"),
        ("state since", "/stateSince"),
        ("in force since", "/inForceSince"),
        ("relying projects", "/relyingProjectCount"),
    ],
    counts: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = include_str!("../../../../schema/published/schema.graphql");

    fn words_of_enum(name: &str) -> Vec<&'static str> {
        let (_, rest) = SDL.split_once(&format!("enum {name} {{\n")).unwrap_or_else(|| panic!("no {name}"));
        let (body, _) = rest.split_once("\n}").unwrap();
        body.lines()
            .filter_map(|line| line.rsplit(' ').next())
            .filter(|word| word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit()))
            .collect()
    }

    #[test]
    fn every_word_of_the_api_can_be_chosen() {
        for (name, words) in [
            ("PermitState", PERMIT_STATES),
            ("Party", PARTIES),
            ("Outcome", OUTCOMES),
            ("Stage", STAGES),
            ("Standing", STANDINGS),
            ("Lever", LEVERS),
            ("AwardState", AWARD_STATES),
            ("Side", SIDES),
            ("Instrument", INSTRUMENTS),
            ("PartnershipKind", PARTNERSHIP_KINDS),
            ("PartnershipState", PARTNERSHIP_STATES),
            ("OrganisationKind", ORGANISATION_KINDS),
            ("PolicyState", POLICY_STATES),
        ] {
            assert_eq!(words_of_enum(name), words, "{name}");
        }
    }

    #[test]
    fn every_filter_and_order_is_one_of_the_api() {
        for kind in &KINDS {
            let input = format!("input {}Filter {{\n", kind.input);
            let (_, rest) = SDL.split_once(&input).unwrap();
            let (body, _) = rest.split_once("\n}").unwrap();
            for filter in kind.filters {
                assert!(body.contains(&format!("\" {}: ", filter.member)), "{}: {}", kind.path, filter.member);
            }
            let name = format!("{}OrderField", kind.input);
            let fields = words_of_enum(&name);
            assert!(kind.orders.iter().all(|(.., field, _)| fields.contains(field)), "{}", kind.path);
        }
    }
}
