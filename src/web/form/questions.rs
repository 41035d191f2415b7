//! The questions of a form: the members of a fact's published schema, read from what was typed and filled in from what is on
//! record.

use serde_json::{Map, Value, json};

use super::{dates, typed::Typed, wording::StepWords};
use crate::web::words;

/// How many empty rows a list of several parts shows.
const ROWS: usize = 3;
/// The most rows that are read.
const ROWS_MAX: usize = 25;
/// The longest that a line may be; the API says so too.
const LINE_CHARS_MAX: u64 = 300;
/// How deep a payload is looked into.
const DEPTH_MAX: u8 = 4;

/// A question, and how it is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The member, as the schema names it.
    pub name: String,
    label: String,
    hint: Option<String>,
    /// Whether it has to be answered.
    pub is_required: bool,
    /// How it is asked.
    pub ask: Ask,
}

/// How a question is asked.
#[derive(Debug, Clone)]
pub enum Ask {
    /// For a line.
    Line,
    /// For a text of several lines.
    Text,
    /// For a number.
    Number {
        /// Whether it has no fraction, and is written as a number.
        whole: bool,
    },
    /// For a date.
    Date,
    /// For yes or no.
    YesNo,
    /// For one of these.
    Words(Vec<Word>),
    /// For things on record, of a kind where it is known.
    Things {
        /// The kind, as ids begin; empty for any.
        kind: String,
        /// Whether there can be several.
        many: bool,
    },
    /// For several lines.
    Lines,
    /// For what has parts.
    Group(Vec<Question>),
    /// For several of that.
    Rows(Vec<Question>),
}

/// A value that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As the API has it.
    pub value: String,
    /// As people read it.
    pub label: String,
    /// Of what it is one, by id and by title: a case is one of a regime.
    pub of: Option<(String, String)>,
}

/// What is wrong with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The field, by its full name; empty where it is none in particular.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Its stable code, where the API said so.
    pub code: Option<String>,
}

impl Complaint {
    /// About a field.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), hint: None, code: None }
    }
}

/// A value that a member can have by what is on record or by the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The member, as the schema names it.
    pub member: String,
    /// The value, as the schema has it.
    pub value: String,
    /// What it is called, where the value does not say.
    pub label: Option<String>,
    /// Of what it is one, by id and by title.
    pub of: Option<(String, String)>,
}

/// What members can say by what is on record or by the law.
pub type Choices = Vec<Choice>;

/// The questions that `schema` asks, those of the usual case first.
pub fn questions(schema: &Value, words: &StepWords, choices: &Choices) -> Vec<Question> {
    let reader = Reader { schema, words, choices };
    let members = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let usual = words.ask.iter().map(String::as_str);
    let others = members.filter(|name| !words.ask.iter().any(|asked| asked == name));
    usual.chain(others).filter_map(|name| reader.question(schema, name, 0)).collect()
}

struct Reader<'a> {
    schema: &'a Value,
    words: &'a StepWords,
    choices: &'a Choices,
}

impl Reader<'_> {
    fn question(&self, of: &Value, name: &str, depth: u8) -> Option<Question> {
        let member = &of["properties"][name];
        let is_required = of["required"].as_array().is_some_and(|required| required.iter().any(|required| required == name));
        let ask = self.ask(member, name, depth)?;
        let is_top = depth == 0;
        let label = if is_top { self.words.label(name) } else { words::sentence(&words::words(name)) };
        let said = || member["description"].as_str().filter(|_| !matches!(ask, Ask::Group(_))).map(str::to_owned);
        let hint = self.words.hint(name).map(str::to_owned).filter(|_| is_top).or_else(said);
        Some(Question { name: name.to_owned(), label, hint, is_required, ask })
    }

    fn ask(&self, member: &Value, name: &str, depth: u8) -> Option<Ask> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (of, defined) = self.resolved(member);
        let of_choices = || {
            let known = self.choices.iter().filter(|choice| depth == 0 && choice.member == name);
            let word = |choice: &Choice| Word {
                value: choice.value.clone(),
                label: words::sentence(choice.label.as_ref().unwrap_or(&choice.value)),
                of: choice.of.clone(),
            };
            known.map(word).collect::<Vec<_>>()
        };
        if let Some(listed) = listed(of) {
            let allowed: Vec<Word> = of_choices();
            let is_allowed = |word: &str| allowed.is_empty() || allowed.iter().any(|allowed| allowed.value == word);
            return Some(Ask::Words(listed.into_iter().filter(|word| is_allowed(word)).map(Word::listed).collect()));
        }
        if of["format"] == "uuid" || !of_choices().is_empty() {
            return Some(Ask::Words(of_choices())).filter(|ask| !matches!(ask, Ask::Words(words) if words.is_empty()));
        }
        match (kind_of(of), defined) {
            (Some(kind), _) => Some(Ask::Things { kind, many: false }),
            (None, Some("Date")) => Some(Ask::Date),
            (None, _) => self.by_type(of, depth),
        }
    }

    fn by_type(&self, of: &Value, depth: u8) -> Option<Ask> {
        let type_of = of["type"]
            .as_str()
            .or_else(|| of["type"].as_array()?.iter().find_map(|one| one.as_str().filter(|one| *one != "null")))?;
        Some(match type_of {
            "string" if of["maxLength"].as_u64().is_some_and(|most| most > LINE_CHARS_MAX) => Ask::Text,
            "string"
                if of["maxLength"].is_null() && of["pattern"].is_null()
                    || of["pattern"].as_str().is_some_and(|pattern| pattern.contains("[0-9]+(")) =>
            {
                Ask::Number { whole: false }
            }
            "string" => Ask::Line,
            "integer" => Ask::Number { whole: true },
            "boolean" => Ask::YesNo,
            "object" => Ask::Group(self.parts(of, depth)).filled()?,
            "array" => self.list(&of["items"], depth)?,
            _ => return None,
        })
    }

    fn list(&self, items: &Value, depth: u8) -> Option<Ask> {
        let (of, _) = self.resolved(items);
        if let Some(kind) = kind_of(of) {
            return Some(Ask::Things { kind, many: true });
        }
        match of["type"].as_str()? {
            "string" => Some(Ask::Lines),
            "object" => Ask::Rows(self.parts(of, depth)).filled(),
            _ => None,
        }
    }

    fn parts(&self, of: &Value, depth: u8) -> Vec<Question> {
        let names = of["properties"].as_object().into_iter().flatten().map(|(name, _)| name);
        names.filter_map(|name| self.question(of, name, depth + 1)).collect()
    }

    /// The definition behind `member` without what says that it can be null, and its name.
    fn resolved<'v>(&'v self, member: &'v Value) -> (&'v Value, Option<&'v str>) {
        let chosen = member["anyOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null")).unwrap_or(member);
        match chosen["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            Some(name) => (&self.schema["$defs"][name], Some(name)),
            None => (chosen, None),
        }
    }
}

impl Word {
    /// A word of a list: the API writes it in capitals.
    fn listed(word: &str) -> Self {
        let value = word.to_uppercase();
        let label = words::sentence(&words::words(&value));
        Self { value, label, of: None }
    }
}

impl Ask {
    fn filled(self) -> Option<Self> {
        match &self {
            Self::Group(parts) | Self::Rows(parts) if parts.is_empty() => None,
            _ => Some(self),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Text => "text",
            Self::Number { .. } => "number",
            Self::Date => "date",
            Self::YesNo => "yes-no",
            Self::Words(_) => "words",
            Self::Things { .. } => "things",
            Self::Lines => "lines",
            Self::Group(_) => "group",
            Self::Rows(_) => "rows",
        }
    }
}

/// The words of a definition that has a few.
fn listed(of: &Value) -> Option<Vec<&str>> {
    let of_one = of["oneOf"].as_array().map(|one_of| one_of.iter().filter_map(|one| one["const"].as_str()).collect::<Vec<_>>());
    let named = || of["enum"].as_array().map(|named| named.iter().filter_map(Value::as_str).collect());
    of_one.or_else(named).filter(|words| !words.is_empty())
}

/// Of which kind of thing `of` is an id, where it is one; empty for a thing of any kind.
fn kind_of(of: &Value) -> Option<String> {
    let (kind, _) = of["pattern"].as_str()?.strip_prefix('^')?.split_once("-[0-9a-f-]{36}")?;
    Some(if kind.starts_with('[') { String::new() } else { kind.to_owned() })
}

/// `due_on` as the API writes it: `dueOn`.
pub fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |camel, part| {
        let mut letters = part.chars();
        let head = letters.next().map(|head| head.to_ascii_uppercase());
        camel + &head.into_iter().chain(letters).collect::<String>()
    })
}

impl Question {
    fn path(&self, under: &str) -> String {
        format!("{under}.{}", self.name)
    }

    /// The answer as the API takes it; `None` where there is none. What is wrong with it is added to `complaints`.
    pub fn read(&self, under: &str, typed: &Typed, complaints: &mut Vec<Complaint>) -> Option<Value> {
        let path = self.path(under);
        let text = typed.text(&path);
        let given = (!text.is_empty()).then_some(text);
        match &self.ask {
            Ask::Line | Ask::Text | Ask::Words(_) => given.map(|text| json!(text)),
            Ask::Number { whole: false } => given.map(|text| json!(plain(text))),
            Ask::Number { whole: true } => {
                let number = given.map(|text| plain(text).parse::<i64>());
                if let Some(Err(_)) = number {
                    complaints.push(Complaint::new(&path, format!("'{text}' is not a whole number")));
                }
                number.and_then(Result::ok).map(|number| json!(number))
            }
            Ask::Date => dates::read(&path, typed)
                .unwrap_or_else(|message| {
                    complaints.push(Complaint::new(&path, message));
                    None
                })
                .map(|date| json!(date)),
            Ask::YesNo => given.map(|text| json!(text == "yes")),
            Ask::Things { many: false, .. } => given.map(|text| json!(text)),
            Ask::Things { many: true, .. } => some_of(typed.all(&path).into_iter().map(|id| json!(id)).collect()),
            Ask::Lines => some_of(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| json!(line)).collect()),
            Ask::Group(parts) => group(parts, &path, typed, complaints),
            Ask::Rows(parts) => {
                let rows = (0..ROWS_MAX).filter_map(|row| group(parts, &format!("{path}.{row}"), typed, complaints));
                some_of(rows.collect())
            }
        }
    }

    /// Fills in what is on record, as the payload of a fact has it.
    pub fn write(&self, under: &str, value: &Value, typed: &mut Typed) {
        let path = self.path(under);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match (&self.ask, value) {
            (_, Value::Null) => {}
            (Ask::Words(words), value) => {
                let text = text(value);
                let upper = text.to_uppercase();
                let is_listed = words.iter().any(|word| word.value == upper);
                typed.set(path, if is_listed { upper } else { text });
            }
            (Ask::Date, value) => dates::write(&path, &text(value), typed),
            (Ask::YesNo, value) => typed.set(path, if value == &json!(true) { "yes" } else { "no" }),
            (Ask::Things { many: true, .. }, Value::Array(ids)) => ids.iter().for_each(|id| typed.add(path.clone(), text(id))),
            (Ask::Lines, Value::Array(lines)) => typed.set(path, lines.iter().map(text).collect::<Vec<_>>().join("\n")),
            (Ask::Group(parts), value) => parts.iter().for_each(|part| part.write(&path, &value[part.name.as_str()], typed)),
            (Ask::Rows(parts), Value::Array(rows)) => {
                for (at, row) in rows.iter().enumerate() {
                    let under = format!("{path}.{at}");
                    for part in parts {
                        part.write(&under, &row[part.name.as_str()], typed);
                    }
                }
            }
            (_, value) => typed.set(path, text(value)),
        }
    }

    /// What a template draws it of, with what was typed and what is wrong with it.
    pub fn drawn(&self, under: &str, typed: &Typed, complaints: &[Complaint], things: &Value) -> Value {
        let path = self.path(under);
        let complaint = complaints.iter().find(|complaint| complaint.path == path);
        let chosen = typed.all(&path);
        let option = |value: &str, label: &str| json!({ "value": value, "label": label, "chosen": chosen.contains(&value) });
        let by_name = matches!(&self.ask, Ask::Things { kind, .. } if things["listed"][kind.as_str()].is_null());
        let options: Vec<Value> = match &self.ask {
            Ask::Words(words) => self.words_drawn(words, under, typed),
            Ask::YesNo => vec![option("yes", "Yes"), option("no", "No")],
            Ask::Things { kind, .. } => {
                let named = |thing: &Value| Some((thing["id"].as_str()?.to_owned(), thing["name"].as_str()?.to_owned()));
                let mut known: Vec<(String, String)> =
                    things["listed"][kind.as_str()].as_array().into_iter().flatten().filter_map(named).collect();
                // What is on record stays on it, also where it is not for whoever corrects something else to look up.
                for id in chosen.iter().filter(|id| words::is_id(id)) {
                    if !known.iter().any(|(other, _)| other == id) {
                        let name = things["names"][*id]
                            .as_str()
                            .map_or_else(|| format!("{} that you may not look up", words::kind(id)), str::to_owned);
                        known.push(((*id).to_owned(), name));
                    }
                }
                let found = things["found"][path.as_str()].as_array().into_iter().flatten();
                let found = found.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())));
                known.extend(found.filter(|(id, _)| !chosen.contains(&id.as_str())).collect::<Vec<_>>());
                known.iter().map(|(id, name)| option(id, name)).collect()
            }
            _ => Vec::new(),
        };
        let under_it = |parts: &[Self], under: &str| {
            parts.iter().map(|part| part.drawn(under, typed, complaints, things)).collect::<Vec<_>>()
        };
        let (parts, rows) = match &self.ask {
            Ask::Group(parts) => (under_it(parts, &path), Vec::new()),
            Ask::Rows(parts) => {
                let is_filled = |row: &usize| !group_is_empty(parts, &format!("{path}.{row}"), typed);
                let filled = (0..ROWS_MAX).rfind(is_filled).map_or(0, |last| last + 1);
                let count = (filled + 1).clamp(ROWS, ROWS_MAX);
                (Vec::new(), (0..count).map(|row| under_it(parts, &format!("{path}.{row}"))).collect())
            }
            _ => (Vec::new(), Vec::new()),
        };
        json!({
            "path": path,
            "id": path.replace('.', "-"),
            "label": self.label,
            "hint": self.hint,
            "required": self.is_required,
            "ask": self.ask.name(),
            "many": matches!(self.ask, Ask::Things { many: true, .. }),
            "by_name": by_name,
            "value": if by_name { chosen.iter().find(|text| !words::is_id(text)).copied().unwrap_or_default() } else { typed.raw(&path) },
            "options": options,
            "parts": parts,
            "rows": rows,
            "date": if matches!(self.ask, Ask::Date) { dates::drawn(&path, typed) } else { Value::Null },
            "error": complaint.map(|complaint| &complaint.message),
            "error_hint": complaint.and_then(|complaint| complaint.hint.as_ref()),
        })
    }

    /// The words that can be chosen, with that which was. What is on record stays on it, also where it is on no list. Of words
    /// that are equal that one is chosen which is of what the field says that they are of.
    fn words_drawn(&self, words: &[Word], under: &str, typed: &Typed) -> Vec<Value> {
        let chosen = typed.text(&self.path(under));
        let fits = |word: &&Word| word.value == chosen;
        let of = typed.text(&format!("{under}.regime"));
        let is_of = |word: &&Word| fits(word) && word.of.as_ref().is_some_and(|(id, _)| id == of);
        let marked = words.iter().find(is_of).or_else(|| words.iter().find(fits));
        let option = |word: &Word| {
            let group = word.of.as_ref().map(|(_, title)| title);
            let is_chosen = marked.is_some_and(|marked| std::ptr::eq(marked, word));
            json!({ "value": word.value, "label": word.label, "group": group, "chosen": is_chosen })
        };
        let mut options: Vec<Value> = words.iter().map(option).collect();
        if marked.is_none() && !chosen.is_empty() {
            options.push(json!({ "value": chosen, "label": chosen, "group": null, "chosen": true }));
        }
        options
    }

    /// The fields under this question that name things and are filled in, each with the kind.
    pub fn things(&self, under: &str, typed: &Typed) -> Vec<(String, String)> {
        let path = self.path(under);
        let within = |parts: &[Self], under: &str| parts.iter().flat_map(|part| part.things(under, typed)).collect::<Vec<_>>();
        match &self.ask {
            Ask::Things { kind, .. } if !typed.all(&path).is_empty() => vec![(path, kind.clone())],
            Ask::Group(parts) => within(parts, &path),
            Ask::Rows(parts) => (0..ROWS_MAX).flat_map(|row| within(parts, &format!("{path}.{row}"))).collect(),
            _ => Vec::new(),
        }
    }

    /// The full name of the field within this question that `parts` lead to, as far as there is one.
    pub fn path_within<'a>(&self, under: &str, mut parts: impl Iterator<Item = &'a str>) -> String {
        let mut path = self.path(under);
        let inner = match &self.ask {
            Ask::Group(inner) => inner,
            Ask::Rows(inner) => match parts.next() {
                Some(row) if row.parse().is_ok_and(|row: usize| row < ROWS_MAX) => {
                    path = format!("{path}.{row}");
                    inner
                }
                _ => return path,
            },
            _ => return path,
        };
        let Some(name) = parts.next() else { return path };
        let found = inner.iter().find(|part| camel(&part.name) == name);
        let rest: Vec<&str> = parts.collect();
        found.map_or(path.clone(), |part| part.path_within(&path, rest.into_iter()))
    }

    /// The kinds of things that it asks for.
    pub fn kinds(&self) -> Vec<&str> {
        match &self.ask {
            Ask::Things { kind, .. } if !kind.is_empty() => vec![kind.as_str()],
            Ask::Group(parts) | Ask::Rows(parts) => parts.iter().flat_map(Self::kinds).collect(),
            _ => Vec::new(),
        }
    }
}

fn group_is_empty(parts: &[Question], path: &str, typed: &Typed) -> bool {
    parts.iter().all(|part| part.read(path, typed, &mut Vec::new()).is_none())
}

/// The answer to what has parts: none where none of them was given.
fn group(parts: &[Question], path: &str, typed: &Typed, complaints: &mut Vec<Complaint>) -> Option<Value> {
    let mut found = Vec::new();
    let mut given = Map::new();
    for part in parts {
        if let Some(value) = part.read(path, typed, &mut found) {
            given.insert(camel(&part.name), value);
        }
    }
    // A currency or a unit that is chosen beforehand says nothing by itself.
    let says_something = parts
        .iter()
        .any(|part| given.contains_key(&camel(&part.name)) && !matches!(part.ask, Ask::Words(_)) && part.name != CURRENCY);
    if says_something {
        let missing = parts.iter().filter(|part| part.is_required && !given.contains_key(&camel(&part.name)));
        let missing: Vec<_> =
            missing.map(|part| Complaint::new(part.path(path), format!("{}: say this too", part.label))).collect();
        found.extend(missing);
    }
    complaints.extend(found);
    says_something.then_some(Value::Object(given))
}

const CURRENCY: &str = "currency";

fn some_of(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

/// A number without the spaces that people put between its thousands.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace() && *character != '\u{a0}' && *character != '\u{202f}').collect()
}
