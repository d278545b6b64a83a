//! The table of methods and parameters, read from `parameters.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

/// What the lab answers.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("parameters.txt")));

/// Methods, and what their parameters are made of.
#[derive(Debug, Default)]
pub struct Table {
    methods: Vec<Method>,
    parts: BTreeMap<&'static str, Vec<Parameter>>,
    groups: BTreeMap<&'static str, Vec<Parameter>>,
}

/// A path with a method of HTTP.
#[derive(Debug)]
pub struct Method {
    /// Method in capitals.
    pub verb: &'static str,
    /// Path with words in braces for its parameters.
    pub path: &'static str,
    /// Where a caller needs which privileges, where not everybody may call it.
    pub check: Option<Check>,
    /// All parameters, those of the path too.
    pub parameters: Vec<Parameter>,
}

/// Privileges at a place.
#[derive(Clone, Debug)]
pub struct Check {
    /// Path of the access control with parameters in braces, or `self` for what users may do to themselves.
    pub place: &'static str,
    /// Their names.
    pub privileges: Vec<&'static str>,
    /// Whether one of them suffices.
    pub any: bool,
}

/// A parameter, or a part of one.
#[derive(Clone, Debug, Default)]
pub struct Parameter {
    /// Name without the number.
    pub name: &'static str,
    /// How many numbers can follow the name, for a name such as `net0`.
    pub count: Option<u32>,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub kind: Kind,
    /// Least and greatest number.
    pub range: (Option<f64>, Option<f64>),
    /// Least and greatest number of characters.
    pub length: (Option<usize>, Option<usize>),
    /// What the whole text must match.
    pub pattern: Option<Regex>,
    /// The words that it can be; none for any.
    pub words: Vec<&'static str>,
    /// Another parameter that must be there too.
    pub needs: Option<&'static str>,
    /// Name of the format.
    pub format: Option<&'static str>,
    /// Name of what the text is made of.
    pub parts: Option<&'static str>,
    /// Whether this part needs no name.
    pub first: bool,
    /// The part that this is another name of.
    pub alias: Option<&'static str>,
    /// The part that gets the name of this one as its value, as `virtio=BC:…` is `model=virtio,macaddr=BC:…`.
    pub names: Option<&'static str>,
}

/// What a parameter is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    #[default]
    Text,
    /// Whole number.
    Integer,
    /// Number.
    Number,
    /// `0` or `1`.
    Boolean,
}

/// Whose lines are read.
enum Section {
    Parts(&'static str),
    Group(&'static str),
    Method,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut section = Section::Method;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("  ") {
                Some(line) => table.add(&section, line),
                None => section = table.begin(line),
            }
        }
        table
    }

    fn begin(&mut self, line: &'static str) -> Section {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words.as_slice() {
            ["parts", name] => {
                self.parts.insert(name, Vec::new());
                Section::Parts(name)
            }
            ["group", name] => {
                self.groups.insert(name, Vec::new());
                Section::Group(name)
            }
            [verb, path, check @ ..] => {
                let check = match check {
                    [place, privileges] => Some(Check::read(place, privileges)),
                    _ => None,
                };
                let parameters = self.of_path(path);
                self.methods.push(Method { verb, path, check, parameters });
                Section::Method
            }
            _ => panic!("no section begins with `{line}`"),
        }
    }

    fn of_path(&self, path: &str) -> Vec<Parameter> {
        let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        let known = &self.groups["path"];
        let find = |name| known.iter().find(|parameter| parameter.name == name).expect("the group `path` has it");
        names.map(|name| find(name).clone()).collect()
    }

    fn add(&mut self, section: &Section, line: &'static str) {
        let added = match line.strip_prefix("use ") {
            Some(name) => self.groups.get(name).or_else(|| self.parts.get(name)).expect("it stands above").clone(),
            None => vec![Parameter::read(line)],
        };
        let list = match section {
            Section::Parts(name) => self.parts.get_mut(name),
            Section::Group(name) => self.groups.get_mut(name),
            Section::Method => self.methods.last_mut().map(|method| &mut method.parameters),
        };
        list.expect("a section begins before its lines").extend(added);
    }

    /// The method for these decoded segments, with the values of the path's parameters.
    pub fn find(&self, verb: &str, segments: &[String]) -> Option<(&Method, Vec<(&'static str, String)>)> {
        self.methods
            .iter()
            .filter(|method| method.verb == verb)
            .find_map(|method| Some((method, captured(method.path, segments)?)))
    }

    /// What a text is made of.
    ///
    /// # Panics
    ///
    /// Nothing has this name.
    pub fn parts(&self, name: &str) -> &[Parameter] {
        &self.parts[name]
    }

    /// The parameters of a group.
    ///
    /// # Panics
    ///
    /// Nothing has this name.
    pub fn group(&self, name: &str) -> &[Parameter] {
        &self.groups[name]
    }

    /// All methods.
    #[cfg(test)]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }
}

/// The values of the words in braces, where the path is that one. A volume's name holds slashes where it is last.
fn captured(path: &'static str, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
    let wanted: Vec<&'static str> = path.split('/').skip(1).collect();
    if wanted.len() != segments.len() {
        return None;
    }
    let mut values = Vec::new();
    for (wanted, segment) in wanted.iter().zip(segments) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            // A path is decoded before it is taken apart.
            Some(name) if name != "volume" && segment.contains('/') => return None,
            Some(name) => values.push((name, segment.clone())),
            None if wanted == segment => {}
            None => return None,
        }
    }
    Some(values)
}

impl Check {
    fn read(place: &'static str, privileges: &'static str) -> Self {
        Self { place, privileges: privileges.split([',', '|']).collect(), any: privileges.contains('|') }
    }
}

impl Parameter {
    fn read(line: &'static str) -> Self {
        let (name, rest) = line.split_once(' ').expect("a parameter has a kind");
        let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
        let (name, count) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, count)) => (name, Some(count.parse().expect("a count is a number"))),
            None => (name, None),
        };
        let parameter = Self { name, count, required, ..Self::default() };
        rest.split(' ').fold(parameter, Self::with)
    }

    fn with(mut self, word: &'static str) -> Self {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "text" => self.kind = Kind::Text,
            "int" => self.kind = Kind::Integer,
            "number" => self.kind = Kind::Number,
            "bool" => self.kind = Kind::Boolean,
            "range" => self.range = limits(value),
            "length" => self.length = limits(value),
            "match" => self.pattern = Some(Regex::new(&format!("^(?:{value})$")).expect("a pattern is valid")),
            "one" => self.words = value.split('|').collect(),
            "needs" => self.needs = Some(value),
            "format" => self.format = Some(value),
            "parts" => self.parts = Some(value),
            "first" => self.first = true,
            "alias" => self.alias = Some(value),
            "names" => self.names = Some(value),
            _ => panic!("`{word}` means nothing"),
        }
        self
    }

    /// Whether this is the parameter of that name.
    pub fn is(&self, name: &str) -> bool {
        let Some(count) = self.count else { return self.name == name };
        let number = name.strip_prefix(self.name).filter(|number| *number == "0" || !number.starts_with('0'));
        number.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number < count)
    }
}

fn limits<T: std::str::FromStr>(value: &str) -> (Option<T>, Option<T>) {
    let (least, greatest) = value.split_once("..").expect("limits have two dots");
    (least.parse().ok(), greatest.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        crate::http::call::segments(path)
    }

    #[test]
    fn methods_are_found_by_their_paths() {
        let (method, values) = TABLE.find("PUT", &segments("/nodes/pve1/qemu/100/config")).unwrap();
        assert_eq!(method.path, "/nodes/{node}/qemu/{vmid}/config");
        assert_eq!(values, [("node", "pve1".to_owned()), ("vmid", "100".to_owned())]);
        assert!(method.check.as_ref().unwrap().any);
        assert!(TABLE.find("PATCH", &segments("/version")).is_none());
        assert!(TABLE.find("GET", &segments("/nope")).is_none());
    }

    #[test]
    fn numbered_parameters_have_limits() {
        let (method, _) = TABLE.find("POST", &segments("/nodes/pve1/qemu")).unwrap();
        let knows = |name: &str| method.parameters.iter().any(|parameter| parameter.is(name));
        assert!(knows("scsi0") && knows("scsi30") && knows("numa") && knows("numa7") && knows("vmid"));
        assert!(!knows("scsi31") && !knows("scsi") && !knows("scsi01") && !knows("numa8"));
        assert!(TABLE.parts("scsi").iter().any(|part| part.first && part.name == "file"));
    }
}
