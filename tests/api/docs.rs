//! The list of codes in the documentation is that of the build.

use std::{fmt::Write, fs, path::Path};

use access::table::{COMMANDS, OF_RECORD, Rule, Weight};
use domain::rejection::CODES;
use graphql::Code;
use projections::things::FlagCode;

fn errors() -> String {
    let mut page = String::from(
        "# Codes\n\nMade from the source by a test; every code is stable.\n\n\
         ## Errors of requests\n\nIn `errors[].extensions.code` of a GraphQL answer, and in `code` of a problem document \
         (RFC 9457). Nothing was recorded,\nunless the code says otherwise. The status is that of an answer which is nothing \
         but this error.\n\n| code | status | meaning |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        writeln!(page, "| `{}` | {} | {} |", code.word(), code.status(), code.meaning()).unwrap();
    }
    page += "\n## Refusals of commands\n\nIn `userErrors[].code` of a mutation's payload: a rule, not a fault. Nothing was \
             recorded.\n\n| code | meaning |\n|---|---|\n";
    for (code, meaning) in CODES {
        writeln!(page, "| `{code}` | {meaning} |").unwrap();
    }
    page += "\n## What does not fit\n\nIn `record.flags[].code` of a thing, in `warnings[].code` of a payload where it was \
             recorded all the same, and in\n`userErrors[].code` where it was refused for it.\n\n| code | meaning |\n|---|---|\n";
    for code in FlagCode::ALL {
        writeln!(page, "| `{}` | {} |", code.code(), code.message()).unwrap();
    }
    page
}

#[test]
fn the_list_of_codes_is_that_of_this_build() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let errors = errors();
    let known = fs::read_to_string(&file).unwrap_or_default();
    if known != errors {
        fs::write(&file, &errors).unwrap();
    }
    assert!(known == errors, "docs/errors.md is written anew: look at the diff and commit it");
}

/// The lines between which the table of commands stands in the guide.
const MARKS: [&str; 2] = ["<!-- the table of commands, made by a test -->\n", "<!-- the end of the table -->\n"];

/// Who may send each command, where, and with what weight, from the one table that decides on it.
fn commands() -> String {
    let mut table = String::from("| command | records | may be confirmed by |\n|---|---|---|\n");
    for (command, _, rules) in COMMANDS.iter().chain(OF_RECORD) {
        let with = |weights: &[Weight]| {
            let theirs = rules.iter().filter(|rule| weights.contains(&rule.weight));
            let said = theirs.map(|rule: &Rule| match rule.weight {
                Weight::Claim => format!("{} {}, as a claim", rule.role, rule.scope),
                Weight::Authority => format!("**{} {}**", rule.role, rule.scope),
                Weight::Party | Weight::Witness => format!("{} {}", rule.role, rule.scope),
            });
            said.collect::<Vec<_>>().join("; ")
        };
        let recorded = with(&[Weight::Authority, Weight::Party, Weight::Claim]);
        writeln!(table, "| `{command}` | {recorded} | {} |", with(&[Weight::Witness, Weight::Authority])).unwrap();
    }
    table
}

#[test]
fn the_table_of_commands_is_that_of_this_build() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md");
    let guide = fs::read_to_string(&file).unwrap();
    let (before, rest) = guide.split_once(MARKS[0]).unwrap();
    let (known, after) = rest.split_once(MARKS[1]).unwrap();
    let table = commands();
    if known != table {
        fs::write(&file, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1])).unwrap();
    }
    assert!(known == table, "the table in docs/api.md is written anew: look at the diff and commit it");
}

#[test]
fn the_guide_states_the_limits_of_this_build() {
    let guide = include_str!("../../docs/api.md");
    let limits = graphql::limits::Limits::default();
    for (name, limit) in [
        ("depth", limits.depth.to_string()),
        ("fields", limits.fields.to_string()),
        ("root fields", limits.root_fields.to_string()),
        ("aliases", limits.aliases.to_string()),
        ("directives on a field", limits.directives.to_string()),
        ("page", limits.page.to_string()),
        ("cost", limits.cost.to_string()),
    ] {
        assert!(guide.contains(&format!("| {name} | {limit} |")), "docs/api.md does not say that the limit of {name} is {limit}");
    }
}
