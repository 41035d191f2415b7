//! What is asked for a desk, list by list: each in a document of its own, since whoever has a part in many clusters would ask for
//! more than one document may cost.

use access::{Grant, Role};

/// The most things named in a grant that are looked at one by one.
pub const NAMED_MAX: usize = 20;

/// What is asked of the things of a desk. A document is made of those parts that the roles need.
const FRAGMENTS: [(&str, &str); 4] = [
    (
        "OfProject",
        "fragment OfProject on Project { id title stage standing shelvedCandidate cluster { id name } fid { forecast actual } \
         milestones { name title forecast actual droppedOn expectedDatePassed } \
         pillars { fidShortfall { pillar } } record { ...OfRecord } }",
    ),
    (
        "OfPermit",
        "fragment OfPermit on Permit { id title state court { party since } stops { until expectedResumption } \
         clocks { limit state deadline overdue } projects { id title } record { ...OfRecord } }",
    ),
    (
        "OfAward",
        "fragment OfAward on Award { id title state endsOn conditions { name metOn } projects { id title } record { ...OfRecord } }",
    ),
    ("OfRecord", "fragment OfRecord on Record { lastRecordedAt awaitingConfirmation { id eventType occurredOn organisation } }"),
];

/// One question of a desk.
pub struct Question {
    /// What its answer is called: the kind of thing, and a number. In the address, from where on its list is shown.
    pub alias: String,
    text: String,
    fragment: Option<&'static str>,
    /// Whether it is a list of which there may be more.
    pub is_list: bool,
    /// Where the whole list is.
    pub all: Option<String>,
}

impl Question {
    /// The document that asks it.
    pub fn document(&self) -> String {
        let is_used = |name: &str| self.fragment.is_some_and(|used| name == used || name == "OfRecord");
        let fragments: Vec<&str> = FRAGMENTS.iter().filter(|(name, _)| is_used(name)).map(|(_, fragment)| *fragment).collect();
        let variable = if self.is_list { "($after: String)" } else { "" };
        format!("query Desk{variable} {{ {}: {} }} {}", self.alias, self.text, fragments.join(" "))
    }
}

/// What is asked.
#[derive(Default)]
pub struct Asked {
    /// In what order.
    pub questions: Vec<Question>,
    /// What tells these questions from those of another part of the desk.
    part: &'static str,
}

impl Asked {
    /// Nothing yet, in a part of the desk.
    pub fn of(part: &'static str) -> Self {
        Self { questions: Vec::new(), part }
    }

    fn push(&mut self, kind: &str, text: String, fragment: Option<&'static str>, all: Option<String>) {
        let alias = format!("{kind}_{}{}", self.part, self.questions.len());
        let is_list = text.contains("$after");
        self.questions.push(Question { alias, text, fragment, is_list, all });
    }

    /// A list of things of `kind`, by `field`, as many as `first`, that fit `filter`; of each what `fragment` asks.
    fn list(&mut self, kind: &str, (field, first): (&str, u32), filter: &str, fragment: &'static str, all: Option<String>) {
        let asks = format!("...{fragment}");
        self.plain_list(kind, (field, first), filter, &asks, Some(fragment), all);
    }

    fn plain_list(
        &mut self,
        kind: &str,
        (field, first): (&str, u32),
        filter: &str,
        asks: &str,
        fragment: Option<&'static str>,
        all: Option<String>,
    ) {
        let text = format!(
            "{field}(first: {first}, after: $after, filter: {{ {filter} }}) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {asks} }} }}"
        );
        self.push(kind, text, fragment, all);
    }

    /// What the desk of somebody with `grant` shows.
    pub fn grant(&mut self, grant: &Grant) {
        let organisation = grant.organisation.map(|organisation| organisation.to_string());
        match (grant.role, &organisation) {
            (Role::ProjectLead, Some(id)) => {
                let all = |list: &str, of: &str| Some(format!("/{list}?{of}={id}"));
                self.list("project", ("projects", 40), &format!("lead: \"{id}\""), "OfProject", all("projects", "lead"));
                self.plain_list(
                    "partnership",
                    ("partnerships", 40),
                    &format!("partner: \"{id}\""),
                    "id title state kind",
                    None,
                    all("partnerships", "partner"),
                );
                self.list("award", ("awards", 40), &format!("recipient: \"{id}\""), "OfAward", all("awards", "recipient"));
            }
            (Role::Regulator, Some(id)) => {
                let all = Some(format!("/permits?authority={id}&open=yes"));
                self.list("permit", ("permits", 60), &format!("authority: \"{id}\", open: true"), "OfPermit", all);
            }
            (Role::Funder, Some(id)) => {
                let all = |list: &str| Some(format!("/{list}?funder={id}"));
                self.list("award", ("awards", 60), &format!("funder: \"{id}\""), "OfAward", all("awards"));
                let filter = format!("funder: \"{id}\"");
                self.plain_list("programme", ("programmes", 40), &filter, "id title closesOn", None, all("programmes"));
            }
            _ => {}
        }
        if matches!(grant.role, Role::ProjectLead | Role::ClusterManager) {
            for project in grant.projects.iter().take(NAMED_MAX) {
                self.push("project", format!("project(id: \"{project}\") {{ ...OfProject }}"), Some("OfProject"), None);
                self.permits_of(&project.to_string());
            }
            for cluster in grant.clusters.iter().take(NAMED_MAX) {
                self.push("cluster", format!("cluster(id: \"{cluster}\") {{ id name }}"), None, None);
                let all = |list: &str| Some(format!("/{list}?cluster={cluster}"));
                let filter = format!("cluster: \"{cluster}\"");
                self.list("project", ("projects", 40), &filter, "OfProject", all("projects"));
                let open = Some(format!("/permits?cluster={cluster}&open=yes"));
                self.list("permit", ("permits", 40), &format!("{filter}, open: true"), "OfPermit", open);
                self.list("award", ("awards", 40), &filter, "OfAward", all("awards"));
            }
        }
    }

    /// The open permits of a project. Its id is one that the API gave.
    pub fn permits_of(&mut self, project: &str) {
        let all = Some(format!("/permits?project={project}&open=yes"));
        self.list("permit", ("permits", 20), &format!("project: \"{project}\", open: true"), "OfPermit", all);
    }
}
